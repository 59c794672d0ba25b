(* Stale updates reach a small gradient, without a floor from the draw: the sum over rounds. *)
(* F = Σ d_i f_i, every f_i is L-smooth; the server keeps the last gradient h_i of every client; in
    every round every client reports with probability at least p, whatever happened before, and
    brings one gradient, without local steps; H = Σ d_i‖h_i − ∇f_i(x)‖²; x⁺ = x − γg, g = Σ d_i h_i
    + Σ P_i(∇f_i(x) + ν_i − h_i), E P_i = d_i given the past, E‖Σ (P_i − d_i)u_i‖² <= r² Σ d_i‖u_i‖²
    for all u; the batch noises ν_i have mean 0 given the past and the draw and are independent
    across clients, Σ E P_i² σ_i² <= W, which epochs through shuffled data are not: the variance of
    g is at most r²H + W. r² is the greatest d_i(1/p_i − 1) for independent clients, (n − m)/(m(n −
    1)) for m of n of equal weight drawn uniformly. S(T) = Σ_{t<T} E‖∇F(x_t)‖², E(T) = E F(x_T) −
    F_inf, H(T) is the staleness at x_T, H₀ the first; c = γ/2. *)
(* Reference: Jhunjhunwala et al. (FedVARP, UAI 2022); Zhang et al. (arXiv 2504.05138); here one
    gradient a round, no local steps, and other constants. *)

Require Import Reals Psatz.
Open Scope R_scope.

Lemma room a b : a <= b -> 0 <= b - a.
Proof. lra. Qed.
Lemma at_most a b : 0 <= b - a -> a <= b.
Proof. lra. Qed.
Lemma less a b : 0 < b - a -> a < b.
Proof. lra. Qed.
Lemma linked x a b : x = a -> a <= b -> 0 <= b - x.
Proof. lra. Qed.
Lemma linked_above x a b : x = a -> b <= a -> 0 <= x - b.
Proof. lra. Qed.
Lemma linked_equal x a b : x = a -> a = b -> b - x = 0.
Proof. lra. Qed.
Lemma difference a b : a = b -> b - a = 0.
Proof. lra. Qed.
Lemma same a b : b = a -> b - a = 0.
Proof. lra. Qed.
Lemma equal a b : b - a = 0 -> a = b.
Proof. lra. Qed.
Lemma above x : 0 < x -> x <> 0.
Proof. lra. Qed.
Lemma below x : 0 < - x -> x <> 0.
Proof. lra. Qed.
Lemma times_zero m x : x = 0 -> m * x = 0.
Proof. intros ->. ring. Qed.
Lemma plus_zero a b : a = 0 -> b = 0 -> a + b = 0.
Proof. lra. Qed.
Lemma from_zero x : x = 0 -> 0 <= x.
Proof. lra. Qed.
Lemma over a b : 0 <= a -> 0 < b -> 0 <= a / b.
Proof. intros A B. apply Rmult_le_pos; [exact A | left; exact (Rinv_0_lt_compat b B)]. Qed.

(* 0 < x or 0 <= x of a sum, product or quotient, from the signs of its parts *)
Ltac sign :=
  match goal with
  | |- 0 <= INR _ => apply pos_INR
  | H : 0 < ?x |- 0 < ?x => exact H
  | H : 0 <= ?x |- 0 <= ?x => exact H
  | H : 0 < ?x |- 0 <= ?x => exact (Rlt_le _ _ H)
  | |- 0 < _ * _ => apply Rmult_lt_0_compat; sign
  | |- 0 <= _ * _ => apply Rmult_le_pos; sign
  | |- 0 < _ / _ => apply Rdiv_lt_0_compat; sign
  | |- 0 <= _ / _ => apply over; sign
  | |- 0 < _ + _ =>
      first [ apply Rplus_lt_le_0_compat; [solve [sign] | solve [sign]]
            | apply Rplus_le_lt_0_compat; [solve [sign] | solve [sign]] ]
  | |- 0 <= _ + _ => apply Rplus_le_le_0_compat; sign
  | |- 0 < _ ^ _ => apply pow_lt; sign
  | |- 0 <= _ ^ _ => first [ apply pow_le; solve [sign] | apply pow2_ge_0 ]
  | |- _ => lra
  end.
(* the denominators that field asks about *)
Ltac nonzero :=
  repeat split;
  first [ assumption | lra | apply above; solve [sign]
        | apply above; match goal with |- 0 < ?x => ring_simplify x end; solve [sign]
        | apply below; match goal with |- 0 < ?x => ring_simplify x end; solve [sign]
        | apply above; solve [nra] | apply below; solve [nra] ].
Ltac identity := first [ ring | field; nonzero ].
(* put another form in place of x in 0 <= x or 0 < x *)
Ltac written form :=
  match goal with
  | |- 0 <= ?here => replace here with form by identity
  | |- 0 < ?here => replace here with form by identity
  end.
Ltac parts :=
  match goal with
  | |- 0 <= _ + _ => apply Rplus_le_le_0_compat; parts
  | |- _ + _ = 0 => apply plus_zero; parts
  | |- 0 <= _ => first [ assumption | apply from_zero; assumption ]
  | |- _ => assumption
  end.

(* One step decreases a smooth function, up to the variance of the draw *)
Lemma nonconvex_descent
  (L : R) (* the smoothness L *)
  (gamma : R) (* the step size γ *)
  (sigma2 : R) (* the variance σ² of the step *)
  (F : R) (* F(x) above its lower bound *)
  (norm2_gradF : R) (* ‖∇F(x)‖² *)
  (F_next : R) (* F⁺ *)
  (norm2_xi : R) (* ‖ξ‖² *)
  (xi_dot_gradF : R) (* ⟨ξ,∇F⟩ *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* range: F(x) above its lower bound *)
  (F_sign : 0 <= F)
  (* range: ‖∇F(x)‖² *)
  (norm2_gradF_sign : 0 <= norm2_gradF)
  (* assumed: smoothness: descent lemma, F is L-smooth *)
  (H_smoothness : F_next + gamma * norm2_gradF + gamma * xi_dot_gradF <= F + L * (norm2_xi * gamma ^
      2 + norm2_gradF * gamma ^ 2 + 2 * xi_dot_gradF * gamma ^ 2) / 2)
  (* assumed: unbiased, against ∇F: ξ has mean zero and ∇F is fixed before the draw *)
  (H_unbiased_against_gradF : xi_dot_gradF = 0)
  (* assumed: variance: the step's variance at this point is at most σ² *)
  (H_variance : norm2_xi <= sigma2)
  : F_next <= F + L * sigma2 * gamma ^ 2 / 2 - gamma * norm2_gradF * (1 - L * gamma / 2).
Proof.
  {
  assert (fact_1 : 0 <= F + L * (norm2_xi * gamma ^ 2 + norm2_gradF * gamma ^ 2 + 2 * xi_dot_gradF *
      gamma ^ 2) / 2 - (F_next + gamma * norm2_gradF + gamma * xi_dot_gradF)).
  { exact (room _ _ H_smoothness). }
  assert (fact_2 : xi_dot_gradF - 0 = 0).
  { exact (same _ _ H_unbiased_against_gradF). }
  assert (part_2 := times_zero (- gamma * (L * gamma - 1)) _ fact_2).
  assert (fact_3 : 0 <= sigma2 - norm2_xi).
  { exact (room _ _ H_variance). }
  assert (multiplier_3 : 0 <= L * gamma ^ 2 / 2).
  { written ((1 / 2) * L * gamma ^ 2). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F + L * (norm2_xi * gamma ^ 2 + norm2_gradF *
      gamma ^ 2 + 2 * xi_dot_gradF * gamma ^ 2) / 2 - (F_next + gamma * norm2_gradF + gamma *
      xi_dot_gradF)) + (- gamma * (L * gamma - 1)) * (xi_dot_gradF - 0) + (L * gamma ^ 2 / 2) *
      (sigma2 - norm2_xi)) by identity end.
  parts.
  }
Qed.

(* How stale the server's memory is after one round *)
Lemma memory_round
  (L : R) (* the smoothness L of every client's f_i *)
  (p : R) (* the least probability p that a client reports *)
  (H : R) (* H = Σ d_i‖h_i − ∇f_i(x)‖² of the memory *)
  (s : R) (* s, batch noise of the fresh gradients, Σ d_i σ_i² at most *)
  (norm2_m : R) (* E‖x⁺ − x‖² *)
  (H_next : R) (* H⁺ *)
  (norm2_a : R) (* ‖a‖² *)
  (norm2_t : R) (* ‖t‖² *)
  (a_dot_t : R) (* ⟨a,t⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the least probability p that a client reports *)
  (p_sign : 0 < p)
  (* range: H = Σ d_i‖h_i − ∇f_i(x)‖² of the memory *)
  (H_sign : 0 <= H)
  (* range: s, batch noise of the fresh gradients, Σ d_i σ_i² at most *)
  (s_sign : 0 <= s)
  (* range: E‖x⁺ − x‖² *)
  (norm2_m_sign : 0 <= norm2_m)
  (* condition: p <= 1 *)
  (in_range_p_1 : p <= 1)
  (* assumed: the memory: H⁺ is its mean square *)
  (H_the_memory : H_next = norm2_a + norm2_t + 2 * a_dot_t)
  (* assumed: refreshed: a client that does not report, with probability at most 1 − p, keeps h_i *)
  (H_refreshed : norm2_a <= H * (1 - p) + s)
  (* assumed: smoothness: every f_i is L-smooth *)
  (H_smoothness : norm2_t <= norm2_m * L ^ 2)
  (* squared norm: a squared norm: ‖a*p - 2*t‖² *)
  (H_square : 0 <= norm2_a * p ^ 2 + 4 * norm2_t - 4 * p * a_dot_t)
  : H_next <= norm2_m * L ^ 2 * (1 + 2 / p) + (p / 2 + 1) * (H * (1 - p) + s).
Proof.
  assert (exists o_slack, 0 <= o_slack /\ o_slack = 1 / p - 1)
    as [o_slack [o_slack_sign o_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / p) * (1 - p)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_p : p = 1 / (o_slack + 1)).
  { rewrite ?o_slack_def. identity. }
  {
  assert (fact_1 : H_next - (norm2_a + norm2_t + 2 * a_dot_t) = 0).
  { exact (same _ _ H_the_memory). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  assert (fact_2 : 0 <= H * (1 - p) + s - norm2_a).
  { exact (room _ _ H_refreshed). }
  assert (multiplier_2 : 0 <= (p + 2) / 2).
  { rewrite ?chart_p. written ((1 / 2) * (2 * o_slack + 3) / (o_slack + 1)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= norm2_m * L ^ 2 - norm2_t).
  { exact (room _ _ H_smoothness). }
  assert (multiplier_3 : 0 <= (p + 2) / p).
  { rewrite ?chart_p. written ((2 * o_slack + 3)). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= norm2_a * p ^ 2 + 4 * norm2_t - 4 * p * a_dot_t).
  { exact H_square. }
  assert (multiplier_4 : 0 <= 1 / (2 * p)).
  { rewrite ?chart_p. written ((1 / 2) * (o_slack + 1)). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- 1) * (H_next - (norm2_a + norm2_t + 2 *
      a_dot_t)) + ((p + 2) / 2) * (H * (1 - p) + s - norm2_a) + ((p + 2) / p) * (norm2_m * L ^ 2 -
      norm2_t) + (1 / (2 * p)) * (norm2_a * p ^ 2 + 4 * norm2_t - 4 * p * a_dot_t)) by identity end.
  parts.
  }
Qed.

(* Stale updates reach a small gradient, without a floor from the draw: the sum over rounds *)
Theorem stale_updates_sum
  (L : R) (* the smoothness L of every client's f_i *)
  (gamma : R) (* the step size γ *)
  (p : R) (* the least probability p that a client reports *)
  (r : R) (* r with E‖Σ (P_i − d_i)u_i‖² <= r² Σ d_i‖u_i‖² for all u: for independent clients r² is
      the greatest d_i(1/p_i − 1) *)
  (H0 : R) (* H₀, that of the memory at the start *)
  (s : R) (* s, batch noise of the fresh gradients, Σ d_i σ_i² at most *)
  (W : R) (* W, at least Σ E P_i² σ_i²: Σ d_i² σ_i²/p_i *)
  (F0 : R) (* F(x_0) − F_inf *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_xi : nat -> R) (* ‖ξ‖² *)
  (norm2_gradF : nat -> R) (* ‖∇F‖² *)
  (xi_dot_gradF : nat -> R) (* ⟨ξ,∇F⟩ *)
  (E : nat -> R) (*  *)
  (H : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (g : nat -> R) (*  *)
  (norm2_xi_ : nat -> R) (* ‖ξ‖² *)
  (xi_dot_gradF_ : nat -> R) (* ⟨ξ,∇F⟩ *)
  (norm2_a : nat -> R) (* ‖a‖² *)
  (norm2_t : nat -> R) (* ‖t‖² *)
  (a_dot_t : nat -> R) (* ⟨a,t⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the least probability p that a client reports *)
  (p_sign : 0 < p)
  (* range: r with E‖Σ (P_i − d_i)u_i‖² <= r² Σ d_i‖u_i‖² for all u: for independent clients r² is
      the greatest d_i(1/p_i − 1) *)
  (r_sign : 0 < r)
  (* range: H₀, that of the memory at the start *)
  (H0_sign : 0 <= H0)
  (* range: s, batch noise of the fresh gradients, Σ d_i σ_i² at most *)
  (s_sign : 0 <= s)
  (* range: W, at least Σ E P_i² σ_i²: Σ d_i² σ_i²/p_i *)
  (W_sign : 0 <= W)
  (* range: F(x_0) − F_inf *)
  (F0_sign : 0 <= F0)
  (* condition: p <= 1 *)
  (in_range_p_1 : p <= 1)
  (* condition: 2γL <= 1 *)
  (in_range_2gammaL_1 : 2 * L * gamma <= 1)
  (* condition: 4γLr <= p *)
  (in_range_4gammaLr_p : 4 * L * r * gamma <= p)
  (* assumed: start: F(x_0) − F_inf is at most F₀ *)
  (H_start : E O <= F0)
  (* assumed: memory: the first staleness is at most H₀ *)
  (H_memory : H O <= H0)
  (* assumed: no gradient yet: S(0) is an empty sum *)
  (H_no_gradient_yet : S_ O = 0)
  (* squared norm: H(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_H_T_sign : forall T : nat, 0 <= H T)
  (* squared norm: E(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_E_T_sign : forall T : nat, 0 <= E T)
  (* squared norm: ‖∇F‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_gradF2_sign : forall T : nat, 0 <= (norm2_gradF T))
  (* assumed: smoothness: descent lemma, F is L-smooth (of theorem nonconvex_descent, cited for
      'nonconvex_descent') *)
  (H_smoothness : forall T : nat, (E (S T)) + gamma * (norm2_gradF T) + gamma * (xi_dot_gradF_ T) <=
      (E T) + L * ((norm2_xi_ T) * gamma ^ 2 + (norm2_gradF T) * gamma ^ 2 + 2 * (xi_dot_gradF_ T) *
      gamma ^ 2) / 2)
  (* assumed: unbiased, against ∇F: ξ has mean zero and ∇F is fixed before the draw (of theorem
      nonconvex_descent, cited for 'nonconvex_descent') *)
  (H_unbiased_against_gradF : forall T : nat, (xi_dot_gradF_ T) = 0)
  (* assumed: variance: the step's variance at this point is at most σ² (of theorem
      nonconvex_descent, cited for 'nonconvex_descent') *)
  (H_variance : forall T : nat, (norm2_xi_ T) <= (W + r ^ 2 * H T))
  (* assumed: the gradient: g(T) is E‖∇F(x_T)‖² *)
  (H_the_gradient : forall T : nat, g T = (norm2_gradF T))
  (* assumed: the move: x⁺ − x = −γ(∇F(x) + ξ) *)
  (H_the_move : forall T : nat, (norm2_m T) = (norm2_xi T) * gamma ^ 2 + (norm2_gradF T) * gamma ^ 2
      + 2 * (xi_dot_gradF T) * gamma ^ 2)
  (* assumed: unbiased, against ∇F: ξ has mean zero and ∇F is fixed before the draw *)
  (H_unbiased_against_gradF_ : forall T : nat, (xi_dot_gradF T) = 0)
  (* assumed: variance: the step's variance at this point is at most W + r**2*H(T) *)
  (H_variance_ : forall T : nat, (norm2_xi T) <= W + r ^ 2 * H T)
  (* squared norm: ‖m‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_m2_sign : forall T : nat, 0 <= (norm2_m T))
  (* assumed: the memory: H⁺ is its mean square (of theorem memory_round, cited for 'memory_round')
      *)
  (H_the_memory : forall T : nat, (H (S T)) = (norm2_a T) + (norm2_t T) + 2 * (a_dot_t T))
  (* assumed: refreshed: a client that does not report, with probability at most 1 − p, keeps h_i
      (of theorem memory_round, cited for 'memory_round') *)
  (H_refreshed : forall T : nat, (norm2_a T) <= (H T) * (1 - p) + s)
  (* assumed: smoothness: every f_i is L-smooth (of theorem memory_round, cited for 'memory_round')
      *)
  (H_smoothness_ : forall T : nat, (norm2_t T) <= (norm2_m T) * L ^ 2)
  (* squared norm: a squared norm: ‖a*p - 2*t‖² (of theorem memory_round, cited for 'memory_round')
      *)
  (H_square : forall T : nat, 0 <= (norm2_a T) * p ^ 2 + 4 * (norm2_t T) - 4 * p * (a_dot_t T))
  (* assumed: H >= 0: a mean of squared norms *)
  (H_H_0 : forall T : nat, 0 <= H T)
  (* assumed: one more gradient: S(T + 1) adds E‖∇F(x_T)‖² *)
  (H_one_more_gradient : forall T : nat, S_ (S T) = S_ T + g T)
  (* squared norm: a squared norm: ‖∇F‖² *)
  (H_square_ : forall T : nat, 0 <= (norm2_gradF T))
  : forall T : nat, 2 * L * r ^ 2 * gamma ^ 2 * H T / p + gamma * S_ T / 2 + E T <= F0 + 2 * H0 * L
      * r ^ 2 * gamma ^ 2 / p + L * INR T * gamma ^ 2 * (W + 3 * s * r ^ 2 / p).
Proof.
  assert (exists o_slack, 0 <= o_slack /\ o_slack = 1 / p - 1)
    as [o_slack [o_slack_sign o_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / p) * (1 - p)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists j_slack, 0 <= j_slack /\ j_slack = 1 / (2 * L * gamma) - 1)
    as [j_slack [j_slack_sign j_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 2) / (L * gamma)) * (1 - (2 * L * gamma))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists k_slack, 0 <= k_slack /\ k_slack = p / (4 * L * r * gamma) - 1)
    as [k_slack [k_slack_sign k_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 4) / (L * r * gamma)) * (p - (4 * L * r * gamma))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_p : p = 1 / (o_slack + 1)).
  { rewrite ?o_slack_def. identity. }
  assert (chart_gamma : gamma = 1 / (2 * L * (j_slack + 1))).
  { rewrite ?j_slack_def. identity. }
  assert (chart_r : r = (j_slack + 1) / ((k_slack + 1) * (2 * o_slack + 2))).
  { rewrite ?o_slack_def, ?j_slack_def, ?k_slack_def. identity. }
  assert (every : forall T : nat, 2 * L * r ^ 2 * gamma ^ 2 * H T / p + gamma * S_ T / 2 + E T <= F0
      + 2 * H0 * L * r ^ 2 * gamma ^ 2 / p + L * INR T * gamma ^ 2 * (W + 3 * s * r ^ 2 / p)).
  { intro T. induction T as [| T hypothesis].
  - (* base, T = 0 *) assert (goal : 2 * L * r ^ 2 * gamma ^ 2 * H O / p + gamma * S_ O / 2 + E O <=
      F0 + 2 * H0 * L * r ^ 2 * gamma ^ 2 / p + L * 0 * gamma ^ 2 * (W + 3 * s * r ^ 2 / p)).
  {
  assert (fact_1 : 0 <= F0 - (E O)).
  { exact (room _ _ H_start). }
  assert (fact_2 : 0 <= H0 - (H O)).
  { exact (room _ _ H_memory). }
  assert (multiplier_2 : 0 <= 2 * L * r ^ 2 * gamma ^ 2 / p).
  { rewrite ?chart_p, ?chart_gamma, ?chart_r. written ((1 / 8) / ((o_slack + 1) * L * (k_slack + 1)
      ^ 2)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : S_ O - 0 = 0).
  { exact (same _ _ H_no_gradient_yet). }
  assert (part_3 := times_zero (- gamma / 2) _ fact_3).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F0 - (E O)) + (2 * L * r ^ 2 * gamma ^ 2 / p)
      * (H0 - (H O)) + (- gamma / 2) * (S_ O - 0)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, T to T + 1 *) assert (goal : 2 * L * r ^ 2 * gamma ^ 2 * H (S T) / p + gamma * S_
      (S T) / 2 + E (S T) <= F0 + 2 * H0 * L * r ^ 2 * gamma ^ 2 / p + L * (INR T + 1) * gamma ^ 2 *
      (W + 3 * s * r ^ 2 / p)).
  {
  pose proof (pos_INR T) as index_sign.
  assert (fact_1 : 0 <= (E T) + L * (W + r ^ 2 * H T) * gamma ^ 2 / 2 - gamma * (norm2_gradF T) * (1
      - L * gamma / 2) - (E (S T))).
  { apply room.
  refine ((nonconvex_descent L gamma (W + r ^ 2 * H T) (E T) (norm2_gradF T) (E (S T)) (norm2_xi_ T)
      (xi_dot_gradF_ T) _ _ _ _ _ (H_smoothness T) (H_unbiased_against_gradF T) (H_variance T))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize gamma_sign. cbn [INR]. lra. }
  { pose proof (H_H_T_sign T). rewrite ?chart_p, ?chart_gamma, ?chart_r. written ((1 / 4) * (4 * W *
      k_slack ^ 2 * o_slack ^ 2 + 8 * W * o_slack * k_slack ^ 2 + 4 * W * k_slack ^ 2 + 8 * W *
      k_slack * o_slack ^ 2 + 16 * W * k_slack * o_slack + 8 * W * k_slack + 4 * W * o_slack ^ 2 + 8
      * W * o_slack + 4 * W + (H T) * j_slack ^ 2 + 2 * (H T) * j_slack + (H T)) / ((o_slack + 1) ^
      2 * (k_slack + 1) ^ 2)). sign. }
  { pose proof (H_E_T_sign T). rewrite ?chart_p, ?chart_gamma, ?chart_r. written ((E T)). sign. }
  { pose proof (H_gradF2_sign T). rewrite ?chart_p, ?chart_gamma, ?chart_r. written (((norm2_gradF
      T))). sign. } }
  assert (fact_2 : g T - (norm2_gradF T) = 0).
  { exact (same _ _ (H_the_gradient T)). }
  assert (part_2 := times_zero (- gamma / 2) _ fact_2).
  assert (fact_3 : (norm2_m T) - ((norm2_xi T) * gamma ^ 2 + (norm2_gradF T) * gamma ^ 2 + 2 *
      (xi_dot_gradF T) * gamma ^ 2) = 0).
  { exact (same _ _ (H_the_move T)). }
  assert (part_3 := times_zero (- 2 * L ^ 3 * r ^ 2 * gamma ^ 2 * (p + 2) / p ^ 2) _ fact_3).
  assert (fact_4 : (xi_dot_gradF T) - 0 = 0).
  { exact (same _ _ (H_unbiased_against_gradF_ T)). }
  assert (part_4 := times_zero (- 4 * L ^ 3 * r ^ 2 * gamma ^ 4 * (p + 2) / p ^ 2) _ fact_4).
  assert (fact_5 : 0 <= W + r ^ 2 * H T - (norm2_xi T)).
  { exact (room _ _ (H_variance_ T)). }
  assert (multiplier_5 : 0 <= 2 * L ^ 3 * r ^ 2 * gamma ^ 4 * (p + 2) / p ^ 2).
  { rewrite ?chart_p, ?chart_gamma, ?chart_r. written ((1 / 32) * (2 * o_slack + 3) / ((o_slack + 1)
      * (k_slack + 1) ^ 2 * L * (j_slack + 1) ^ 2)). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (fact_6 : 0 <= (norm2_m T) * L ^ 2 * (1 + 2 / p) + (p / 2 + 1) * ((H T) * (1 - p) + s) - (H
      (S T))).
  { apply room.
  refine ((memory_round L p (H T) s (norm2_m T) (H (S T)) (norm2_a T) (norm2_t T) (a_dot_t T) _ _ _
      _ _ _ (H_the_memory T) (H_refreshed T) (H_smoothness_ T) (H_square T))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize p_sign. cbn [INR]. lra. }
  { pose proof (H_H_T_sign T). rewrite ?chart_p, ?chart_gamma, ?chart_r. written ((H T)). sign. }
  { generalize s_sign. cbn [INR]. lra. }
  { pose proof (H_m2_sign T). rewrite ?chart_p, ?chart_gamma, ?chart_r. written (((norm2_m T))).
      sign. }
  { generalize in_range_p_1. cbn [INR]. lra. } }
  assert (multiplier_6 : 0 <= 2 * L * r ^ 2 * gamma ^ 2 / p).
  { rewrite ?chart_p, ?chart_gamma, ?chart_r. written ((1 / 8) / ((o_slack + 1) * L * (k_slack + 1)
      ^ 2)). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  assert (fact_7 : 0 <= H T - 0).
  { exact (room _ _ (H_H_0 T)). }
  assert (multiplier_7 : 0 <= L * r ^ 2 * gamma ^ 2 * (2 * p ^ 3 + p ^ 2 - 4 * p * L ^ 2 * r ^ 2 *
      gamma ^ 2 - 8 * L ^ 2 * r ^ 2 * gamma ^ 2) / (2 * p ^ 2)).
  { rewrite ?chart_p, ?chart_gamma, ?chart_r. written ((1 / 128) * (4 * o_slack * k_slack ^ 2 + 12 *
      k_slack ^ 2 + 8 * k_slack * o_slack + 24 * k_slack + 2 * o_slack + 9) / ((o_slack + 1) ^ 3 * L
      * (k_slack + 1) ^ 4)). sign. }
  assert (part_7 := Rmult_le_pos _ _ multiplier_7 fact_7).
  assert (fact_8 : 0 <= L * gamma ^ 2 * (W + 3 * s * r ^ 2 / p) - L * W * gamma ^ 2 / 2 - 2 * L * r
      ^ 2 * gamma ^ 2 * (W * L ^ 2 * gamma ^ 2 * (1 + 2 / p) + s * (p / 2 + 1)) / p).
  { rewrite ?chart_p, ?chart_gamma, ?chart_r. written ((1 / 32) * (4 * W * k_slack ^ 2 * o_slack ^ 2
      + 8 * W * o_slack * k_slack ^ 2 + 4 * W * k_slack ^ 2 + 8 * W * k_slack * o_slack ^ 2 + 16 * W
      * k_slack * o_slack + 8 * W * k_slack + 2 * W * o_slack ^ 2 + 3 * W * o_slack + W + 2 *
      o_slack * s * j_slack ^ 2 + 4 * j_slack * o_slack * s + 2 * o_slack * s) / ((k_slack + 1) ^ 2
      * (o_slack + 1) ^ 2 * L * (j_slack + 1) ^ 2)). sign. }
  assert (fact_9 : S_ (S T) - (S_ T + g T) = 0).
  { exact (same _ _ (H_one_more_gradient T)). }
  assert (part_9 := times_zero (- gamma / 2) _ fact_9).
  assert (fact_10 : 0 <= F0 + 2 * H0 * L * r ^ 2 * gamma ^ 2 / p + L * INR T * gamma ^ 2 * (W + 3 *
      s * r ^ 2 / p) - (2 * L * r ^ 2 * gamma ^ 2 * H T / p + gamma * S_ T / 2 + E T)).
  { exact (room _ _ hypothesis). }
  assert (fact_11 : 0 <= (norm2_gradF T)).
  { exact (H_square_ T). }
  assert (multiplier_11 : 0 <= - gamma * (4 * p * L ^ 3 * r ^ 2 * gamma ^ 3 + 8 * L ^ 3 * r ^ 2 *
      gamma ^ 3 + L * gamma * p ^ 2 - p ^ 2) / (2 * p ^ 2)).
  { rewrite ?chart_p, ?chart_gamma, ?chart_r. written ((1 / 32) * (8 * j_slack * o_slack * k_slack ^
      2 + 8 * j_slack * k_slack ^ 2 + 16 * j_slack * k_slack * o_slack + 16 * j_slack * k_slack + 8
      * j_slack * o_slack + 8 * j_slack + 4 * o_slack * k_slack ^ 2 + 4 * k_slack ^ 2 + 8 * k_slack
      * o_slack + 8 * k_slack + 2 * o_slack + 1) / ((o_slack + 1) * (k_slack + 1) ^ 2 * L * (j_slack
      + 1) ^ 2)). sign. }
  assert (part_11 := Rmult_le_pos _ _ multiplier_11 fact_11).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (((E T) + L * (W + r ^ 2 * H T) * gamma ^ 2 / 2
      - gamma * (norm2_gradF T) * (1 - L * gamma / 2) - (E (S T))) + (- gamma / 2) * (g T -
      (norm2_gradF T)) + (- 2 * L ^ 3 * r ^ 2 * gamma ^ 2 * (p + 2) / p ^ 2) * ((norm2_m T) -
      ((norm2_xi T) * gamma ^ 2 + (norm2_gradF T) * gamma ^ 2 + 2 * (xi_dot_gradF T) * gamma ^ 2)) +
      (- 4 * L ^ 3 * r ^ 2 * gamma ^ 4 * (p + 2) / p ^ 2) * ((xi_dot_gradF T) - 0) + (2 * L ^ 3 * r
      ^ 2 * gamma ^ 4 * (p + 2) / p ^ 2) * (W + r ^ 2 * H T - (norm2_xi T)) + (2 * L * r ^ 2 * gamma
      ^ 2 / p) * ((norm2_m T) * L ^ 2 * (1 + 2 / p) + (p / 2 + 1) * ((H T) * (1 - p) + s) - (H (S
      T))) + (L * r ^ 2 * gamma ^ 2 * (2 * p ^ 3 + p ^ 2 - 4 * p * L ^ 2 * r ^ 2 * gamma ^ 2 - 8 * L
      ^ 2 * r ^ 2 * gamma ^ 2) / (2 * p ^ 2)) * (H T - 0) + (L * gamma ^ 2 * (W + 3 * s * r ^ 2 / p)
      - L * W * gamma ^ 2 / 2 - 2 * L * r ^ 2 * gamma ^ 2 * (W * L ^ 2 * gamma ^ 2 * (1 + 2 / p) + s
      * (p / 2 + 1)) / p) + (- gamma / 2) * (S_ (S T) - (S_ T + g T)) + (F0 + 2 * H0 * L * r ^ 2 *
      gamma ^ 2 / p + L * INR T * gamma ^ 2 * (W + 3 * s * r ^ 2 / p) - (2 * L * r ^ 2 * gamma ^ 2 *
      H T / p + gamma * S_ T / 2 + E T)) + (- gamma * (4 * p * L ^ 3 * r ^ 2 * gamma ^ 3 + 8 * L ^ 3
      * r ^ 2 * gamma ^ 3 + L * gamma * p ^ 2 - p ^ 2) / (2 * p ^ 2)) * (norm2_gradF T)) by identity
      end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro T. exact (every T).
Qed.

Print Assumptions stale_updates_sum.
