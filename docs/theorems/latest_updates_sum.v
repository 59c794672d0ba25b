(* Latest updates of clients that report now and then reach a small gradient: the sum over rounds.
    *)
(* F = Σ d_i f_i, every f_i is L-smooth; the server keeps the last gradient h_i of every client; in
    every round every client reports with probability at least p, whatever happened before, and
    brings one gradient, without local steps; H = Σ d_i‖h_i − ∇f_i(x)‖²; x⁺ = x − γ Σ d_i h_i⁺. S(T)
    = Σ_{t<T} E‖∇F(x_t)‖², E(T) = E F(x_T) − F_inf, H(T) is the staleness at x_T, H₀ the first; c =
    γ/2. *)
(* Reference: Gu et al. (MIFA, NeurIPS 2021); here one gradient a round, no local steps, and other
    constants. *)

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

(* One round of latest updates decreases the value, up to the staleness *)
Lemma latest_round
  (L : R) (* the smoothness L of every client's f_i *)
  (gamma : R) (* the step size γ *)
  (p : R) (* the least probability p that a client reports *)
  (F : R) (* F(x) above its lower bound *)
  (norm2_gradF : R) (* ‖∇F(x)‖² *)
  (norm2_g : R) (* E‖g‖² of the biased step *)
  (H : R) (* H = Σ d_i‖h_i − ∇f_i(x)‖² of the memory *)
  (F_next : R) (* F⁺ *)
  (norm2_a : R) (* ‖a‖² *)
  (a_dot_g : R) (* ⟨a,g⟩ *)
  (a_dot_gradF : R) (* ⟨a,∇F⟩ *)
  (g_dot_gradF : R) (* ⟨g,∇F⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the least probability p that a client reports *)
  (p_sign : 0 < p)
  (* range: F(x) above its lower bound *)
  (F_sign : 0 <= F)
  (* range: ‖∇F(x)‖² *)
  (norm2_gradF_sign : 0 <= norm2_gradF)
  (* range: E‖g‖² of the biased step *)
  (norm2_g_sign : 0 <= norm2_g)
  (* range: H = Σ d_i‖h_i − ∇f_i(x)‖² of the memory *)
  (H_sign : 0 <= H)
  (* condition: p <= 1 *)
  (in_range_p_1 : p <= 1)
  (* assumed: smoothness: descent lemma, F is L-smooth *)
  (H_smoothness : F_next + gamma * g_dot_gradF <= F + L * norm2_g * gamma ^ 2 / 2)
  (* assumed: mean: g − ∇F(x) = Σ d_i a, and it is the same for all *)
  (H_mean : a_dot_g + 2 * g_dot_gradF = norm2_g + norm2_gradF + a_dot_gradF)
  (* assumed: refreshed: a client that does not report, with probability at most 1 − p, keeps h_i *)
  (H_refreshed : norm2_a <= H * (1 - p))
  (* squared norm: a squared norm: ‖a - g + ∇F‖² *)
  (H_square : 0 <= norm2_a + norm2_g + norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_g - 2 *
      g_dot_gradF)
  : F_next <= F + H * gamma * (1 - p) / 2 - gamma * norm2_g * (1 - L * gamma) / 2 - gamma *
      norm2_gradF / 2.
Proof.
  assert (exists o_slack, 0 <= o_slack /\ o_slack = 1 / p - 1)
    as [o_slack [o_slack_sign o_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / p) * (1 - p)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_p : p = 1 / (o_slack + 1)).
  { rewrite ?o_slack_def. identity. }
  {
  assert (fact_1 : 0 <= F + L * norm2_g * gamma ^ 2 / 2 - (F_next + gamma * g_dot_gradF)).
  { exact (room _ _ H_smoothness). }
  assert (fact_2 : a_dot_g + 2 * g_dot_gradF - (norm2_g + norm2_gradF + a_dot_gradF) = 0).
  { exact (same _ _ H_mean). }
  assert (part_2 := times_zero (gamma) _ fact_2).
  assert (fact_3 : 0 <= H * (1 - p) - norm2_a).
  { exact (room _ _ H_refreshed). }
  assert (multiplier_3 : 0 <= gamma / 2).
  { rewrite ?chart_p. written ((1 / 2) * gamma). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= norm2_a + norm2_g + norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_g - 2 *
      g_dot_gradF).
  { exact H_square. }
  assert (multiplier_4 : 0 <= gamma / 2).
  { rewrite ?chart_p. written ((1 / 2) * gamma). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F + L * norm2_g * gamma ^ 2 / 2 - (F_next +
      gamma * g_dot_gradF)) + gamma * (a_dot_g + 2 * g_dot_gradF - (norm2_g + norm2_gradF +
      a_dot_gradF)) + (gamma / 2) * (H * (1 - p) - norm2_a) + (gamma / 2) * (norm2_a + norm2_g +
      norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_g - 2 * g_dot_gradF)) by identity end.
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

(* Latest updates of clients that report now and then reach a small gradient: the sum over rounds *)
Theorem latest_updates_sum
  (L : R) (* the smoothness L of every client's f_i *)
  (gamma : R) (* the step size γ *)
  (p : R) (* the least probability p that a client reports *)
  (H0 : R) (* H₀, that of the memory at the start *)
  (F0 : R) (* F(x_0) − F_inf *)
  (norm2_g : nat -> R) (* ‖g‖² *)
  (E : nat -> R) (*  *)
  (H : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (g : nat -> R) (*  *)
  (norm2_a : nat -> R) (* ‖a‖² *)
  (a_dot_g : nat -> R) (* ⟨a,g⟩ *)
  (a_dot_gradF : nat -> R) (* ⟨a,∇F⟩ *)
  (g_dot_gradF : nat -> R) (* ⟨g,∇F⟩ *)
  (norm2_a_ : nat -> R) (* ‖a‖² *)
  (norm2_t : nat -> R) (* ‖t‖² *)
  (a_dot_t : nat -> R) (* ⟨a,t⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the least probability p that a client reports *)
  (p_sign : 0 < p)
  (* range: H₀, that of the memory at the start *)
  (H0_sign : 0 <= H0)
  (* range: F(x_0) − F_inf *)
  (F0_sign : 0 <= F0)
  (* condition: p <= 1 *)
  (in_range_p_1 : p <= 1)
  (* condition: 8γL <= 3p *)
  (in_range_8gammaL_3p : 8 * L * gamma <= 3 * p)
  (* assumed: start: F(x_0) − F_inf is at most F₀ *)
  (H_start : E O <= F0)
  (* assumed: memory: the first staleness is at most H₀ *)
  (H_memory : H O <= H0)
  (* assumed: no gradient yet: S(0) is an empty sum *)
  (H_no_gradient_yet : S_ O = 0)
  (* squared norm: E(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_E_T_sign : forall T : nat, 0 <= E T)
  (* squared norm: g(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_g_T_sign : forall T : nat, 0 <= g T)
  (* squared norm: ‖g‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_g2_sign : forall T : nat, 0 <= (norm2_g T))
  (* squared norm: H(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_H_T_sign : forall T : nat, 0 <= H T)
  (* assumed: smoothness: descent lemma, F is L-smooth (of theorem latest_round, cited for
      'latest_round') *)
  (H_smoothness : forall T : nat, (E (S T)) + gamma * (g_dot_gradF T) <= (E T) + L * (norm2_g T) *
      gamma ^ 2 / 2)
  (* assumed: mean: g − ∇F(x) = Σ d_i a, and it is the same for all (of theorem latest_round, cited
      for 'latest_round') *)
  (H_mean : forall T : nat, (a_dot_g T) + 2 * (g_dot_gradF T) = (norm2_g T) + (g T) + (a_dot_gradF
      T))
  (* assumed: refreshed: a client that does not report, with probability at most 1 − p, keeps h_i
      (of theorem latest_round, cited for 'latest_round') *)
  (H_refreshed : forall T : nat, (norm2_a T) <= (H T) * (1 - p))
  (* squared norm: a squared norm: ‖a - g + ∇F‖² (of theorem latest_round, cited for 'latest_round')
      *)
  (H_square : forall T : nat, 0 <= (norm2_a T) + (norm2_g T) + (g T) + 2 * (a_dot_gradF T) - 2 *
      (a_dot_g T) - 2 * (g_dot_gradF T))
  (* assumed: the memory: H⁺ is its mean square (of theorem memory_round, cited for 'memory_round')
      *)
  (H_the_memory : forall T : nat, (H (S T)) = (norm2_a_ T) + (norm2_t T) + 2 * (a_dot_t T))
  (* assumed: refreshed: a client that does not report, with probability at most 1 − p, keeps h_i
      (of theorem memory_round, cited for 'memory_round') *)
  (H_refreshed_ : forall T : nat, (norm2_a_ T) <= (H T) * (1 - p) + 0)
  (* assumed: smoothness: every f_i is L-smooth (of theorem memory_round, cited for 'memory_round')
      *)
  (H_smoothness_ : forall T : nat, (norm2_t T) <= ((norm2_g T) * gamma ^ 2) * L ^ 2)
  (* squared norm: a squared norm: ‖a*p - 2*t‖² (of theorem memory_round, cited for 'memory_round')
      *)
  (H_square_ : forall T : nat, 0 <= (norm2_a_ T) * p ^ 2 + 4 * (norm2_t T) - 4 * p * (a_dot_t T))
  (* assumed: one more gradient: S(T + 1) adds E‖∇F(x_T)‖² *)
  (H_one_more_gradient : forall T : nat, S_ (S T) = S_ T + g T)
  (* squared norm: a squared norm: ‖g‖² *)
  (H_square_2 : forall T : nat, 0 <= (norm2_g T))
  : forall T : nat, gamma * S_ T / 2 + E T + gamma * (1 - p) * H T / (p * (p + 1)) <= F0 + H0 *
      gamma * (1 - p) / (p * (p + 1)).
Proof.
  assert (exists o_slack, 0 <= o_slack /\ o_slack = 1 / p - 1)
    as [o_slack [o_slack_sign o_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / p) * (1 - p)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists k_slack, 0 <= k_slack /\ k_slack = 3 * p / (8 * L * gamma) - 1)
    as [k_slack [k_slack_sign k_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 8) / (L * gamma)) * (3 * p - (8 * L * gamma))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_p : p = 1 / (o_slack + 1)).
  { rewrite ?o_slack_def. identity. }
  assert (chart_gamma : gamma = 3 / (8 * L * (k_slack + 1) * (o_slack + 1))).
  { rewrite ?o_slack_def, ?k_slack_def. identity. }
  assert (every : forall T : nat, gamma * S_ T / 2 + E T + gamma * (1 - p) * H T / (p * (p + 1)) <=
      F0 + H0 * gamma * (1 - p) / (p * (p + 1))).
  { intro T. induction T as [| T hypothesis].
  - (* base, T = 0 *) assert (goal : gamma * S_ O / 2 + E O + gamma * (1 - p) * H O / (p * (p + 1))
      <= F0 + H0 * gamma * (1 - p) / (p * (p + 1))).
  {
  assert (fact_1 : 0 <= F0 - (E O)).
  { exact (room _ _ H_start). }
  assert (fact_2 : 0 <= H0 - (H O)).
  { exact (room _ _ H_memory). }
  assert (multiplier_2 : 0 <= - gamma * (p - 1) / (p * (p + 1))).
  { rewrite ?chart_p, ?chart_gamma. written ((3 / 8) * o_slack / ((o_slack + 2) * L * (k_slack +
      1))). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : S_ O - 0 = 0).
  { exact (same _ _ H_no_gradient_yet). }
  assert (part_3 := times_zero (- gamma / 2) _ fact_3).
  assert (0 < p + 1).
  { rewrite ?chart_p, ?chart_gamma. written ((o_slack + 2) / (o_slack + 1)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F0 - (E O)) + (- gamma * (p - 1) / (p * (p +
      1))) * (H0 - (H O)) + (- gamma / 2) * (S_ O - 0)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, T to T + 1 *) assert (goal : gamma * S_ (S T) / 2 + E (S T) + gamma * (1 - p) * H
      (S T) / (p * (p + 1)) <= F0 + H0 * gamma * (1 - p) / (p * (p + 1))).
  {
  pose proof (pos_INR T) as index_sign.
  assert (fact_1 : 0 <= (E T) + (H T) * gamma * (1 - p) / 2 - gamma * (norm2_g T) * (1 - L * gamma)
      / 2 - gamma * (g T) / 2 - (E (S T))).
  { apply room.
  refine ((latest_round L gamma p (E T) (g T) (norm2_g T) (H T) (E (S T)) (norm2_a T) (a_dot_g T)
      (a_dot_gradF T) (g_dot_gradF T) _ _ _ _ _ _ _ _ (H_smoothness T) (H_mean T) (H_refreshed T)
      (H_square T))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize gamma_sign. cbn [INR]. lra. }
  { generalize p_sign. cbn [INR]. lra. }
  { pose proof (H_E_T_sign T). rewrite ?chart_p, ?chart_gamma. written ((E T)). sign. }
  { pose proof (H_g_T_sign T). rewrite ?chart_p, ?chart_gamma. written ((g T)). sign. }
  { pose proof (H_g2_sign T). rewrite ?chart_p, ?chart_gamma. written (((norm2_g T))). sign. }
  { pose proof (H_H_T_sign T). rewrite ?chart_p, ?chart_gamma. written ((H T)). sign. }
  { generalize in_range_p_1. cbn [INR]. lra. } }
  assert (fact_2 : 0 <= ((norm2_g T) * gamma ^ 2) * L ^ 2 * (1 + 2 / p) + (p / 2 + 1) * ((H T) * (1
      - p) + 0) - (H (S T))).
  { apply room.
  refine ((memory_round L p (H T) 0 ((norm2_g T) * gamma ^ 2) (H (S T)) (norm2_a_ T) (norm2_t T)
      (a_dot_t T) _ _ _ _ _ _ (H_the_memory T) (H_refreshed_ T) (H_smoothness_ T) (H_square_ T))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize p_sign. cbn [INR]. lra. }
  { pose proof (H_H_T_sign T). rewrite ?chart_p, ?chart_gamma. written ((H T)). sign. }
  { rewrite ?chart_p, ?chart_gamma. written (0). sign. }
  { pose proof (H_g2_sign T). rewrite ?chart_p, ?chart_gamma. written ((9 / 64) * ((norm2_g T)) /
      ((o_slack + 1) ^ 2 * L ^ 2 * (k_slack + 1) ^ 2)). sign. }
  { generalize in_range_p_1. cbn [INR]. lra. } }
  assert (multiplier_2 : 0 <= - gamma * (p - 1) / (p * (p + 1))).
  { rewrite ?chart_p, ?chart_gamma. written ((3 / 8) * o_slack / ((o_slack + 2) * L * (k_slack +
      1))). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : S_ (S T) - (S_ T + g T) = 0).
  { exact (same _ _ (H_one_more_gradient T)). }
  assert (part_3 := times_zero (- gamma / 2) _ fact_3).
  assert (fact_4 : 0 <= F0 + H0 * gamma * (1 - p) / (p * (p + 1)) - (gamma * S_ T / 2 + E T + gamma
      * (1 - p) * H T / (p * (p + 1)))).
  { exact (room _ _ hypothesis). }
  assert (fact_5 : 0 <= (norm2_g T)).
  { exact (H_square_2 T). }
  assert (multiplier_5 : 0 <= - gamma * (4 * L ^ 2 * gamma ^ 2 + L * gamma * p ^ 3 + L * gamma * p ^
      2 - 2 * L ^ 2 * p ^ 2 * gamma ^ 2 - 2 * p * L ^ 2 * gamma ^ 2 - p ^ 3 - p ^ 2) / (2 * p ^ 2 *
      (p + 1))).
  { rewrite ?chart_p, ?chart_gamma. written ((3 / 512) * (32 * k_slack ^ 2 * o_slack ^ 2 + 96 *
      o_slack * k_slack ^ 2 + 64 * k_slack ^ 2 + 64 * k_slack * o_slack ^ 2 + 180 * k_slack *
      o_slack + 104 * k_slack + 14 * o_slack ^ 2 + 57 * o_slack + 40) / ((o_slack + 2) * (o_slack +
      1) ^ 2 * L * (k_slack + 1) ^ 3)). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (0 < p + 1).
  { rewrite ?chart_p, ?chart_gamma. written ((o_slack + 2) / (o_slack + 1)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (((E T) + (H T) * gamma * (1 - p) / 2 - gamma *
      (norm2_g T) * (1 - L * gamma) / 2 - gamma * (g T) / 2 - (E (S T))) + (- gamma * (p - 1) / (p *
      (p + 1))) * (((norm2_g T) * gamma ^ 2) * L ^ 2 * (1 + 2 / p) + (p / 2 + 1) * ((H T) * (1 - p)
      + 0) - (H (S T))) + (- gamma / 2) * (S_ (S T) - (S_ T + g T)) + (F0 + H0 * gamma * (1 - p) /
      (p * (p + 1)) - (gamma * S_ T / 2 + E T + gamma * (1 - p) * H T / (p * (p + 1)))) + (- gamma *
      (4 * L ^ 2 * gamma ^ 2 + L * gamma * p ^ 3 + L * gamma * p ^ 2 - 2 * L ^ 2 * p ^ 2 * gamma ^ 2
      - 2 * p * L ^ 2 * gamma ^ 2 - p ^ 3 - p ^ 2) / (2 * p ^ 2 * (p + 1))) * (norm2_g T)) by
      identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro T. exact (every T).
Qed.

Print Assumptions latest_updates_sum.
