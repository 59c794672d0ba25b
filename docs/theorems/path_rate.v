(* A run that was made has small gradients, up to the error of its steps. *)
(* A run that was made: x⁺ = x − γ(∇F(x) + ξ), whatever made the error ξ, ‖ξ‖² <= ε²; values are
    measured from one below all of the run, and on its steps F(x⁺) <= F(x) + ⟨∇F(x), x⁺ − x⟩ + ℓ/2
    ‖x⁺ − x‖². S(T) = Σ_{t<T} E‖∇F(x_t)‖², E(T) = E F(x_T) − F_inf; c = γ/2. *)
(* Reference: Ajalloeian and Stich (2020), of biased gradients. *)

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

(* A step that was made decreases the value, up to its error *)
Lemma path_step
  (L : R) (* ℓ, at least that of every step that was made *)
  (gamma : R) (* the step size γ *)
  (epsilon2 : R) (* ε², at least ‖ξ‖² of every step that was made *)
  (F : R) (* F(x) above its lower bound *)
  (norm2_gradF : R) (* ‖∇F(x)‖² *)
  (F_next : R) (* F⁺ *)
  (norm2_xi : R) (* ‖ξ‖² *)
  (xi_dot_gradF : R) (* ⟨ξ,∇F⟩ *)
  (* range: ℓ, at least that of every step that was made *)
  (L_sign : 0 < L)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: ε², at least ‖ξ‖² of every step that was made *)
  (epsilon2_sign : 0 <= epsilon2)
  (* range: F(x) above its lower bound *)
  (F_sign : 0 <= F)
  (* range: ‖∇F(x)‖² *)
  (norm2_gradF_sign : 0 <= norm2_gradF)
  (* condition: γ <= 1/ℓ *)
  (in_range_gamma_1_ell : gamma <= 1 / L)
  (* assumed: smoothness: measured on the step that was made; nothing is assumed elsewhere *)
  (H_smoothness : F_next + gamma * norm2_gradF + gamma * xi_dot_gradF <= F + L * (norm2_xi * gamma ^
      2 + norm2_gradF * gamma ^ 2 + 2 * xi_dot_gradF * gamma ^ 2) / 2)
  (* assumed: error: the largest over the steps *)
  (H_error : norm2_xi <= epsilon2)
  (* squared norm: a squared norm: ‖ξ + ∇F‖² *)
  (H_square : 0 <= norm2_xi + norm2_gradF + 2 * xi_dot_gradF)
  : F_next <= F + gamma * epsilon2 / 2 - gamma * norm2_gradF / 2.
Proof.
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / gamma - L)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((L / gamma) * (1 / L - gamma)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_gamma : gamma = 1 / (L + s_slack)).
  { rewrite ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= F + L * (norm2_xi * gamma ^ 2 + norm2_gradF * gamma ^ 2 + 2 * xi_dot_gradF *
      gamma ^ 2) / 2 - (F_next + gamma * norm2_gradF + gamma * xi_dot_gradF)).
  { exact (room _ _ H_smoothness). }
  assert (fact_2 : 0 <= epsilon2 - norm2_xi).
  { exact (room _ _ H_error). }
  assert (multiplier_2 : 0 <= gamma / 2).
  { rewrite ?chart_gamma. written ((1 / 2) / (L + s_slack)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= norm2_xi + norm2_gradF + 2 * xi_dot_gradF).
  { exact H_square. }
  assert (multiplier_3 : 0 <= - gamma * (L * gamma - 1) / 2).
  { rewrite ?chart_gamma. written ((1 / 2) * s_slack / (L + s_slack) ^ 2). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F + L * (norm2_xi * gamma ^ 2 + norm2_gradF *
      gamma ^ 2 + 2 * xi_dot_gradF * gamma ^ 2) / 2 - (F_next + gamma * norm2_gradF + gamma *
      xi_dot_gradF)) + (gamma / 2) * (epsilon2 - norm2_xi) + (- gamma * (L * gamma - 1) / 2) *
      (norm2_xi + norm2_gradF + 2 * xi_dot_gradF)) by identity end.
  parts.
  }
Qed.

(* A run that was made has small gradients, up to the error of its steps: the sum over rounds *)
Lemma path_rate_sum
  (L : R) (* ℓ, at least that of every step that was made *)
  (gamma : R) (* the step size γ *)
  (epsilon2 : R) (* ε², at least ‖ξ‖² of every step that was made *)
  (F0 : R) (* F(x_0) − F_inf *)
  (E : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (g : nat -> R) (*  *)
  (norm2_xi : nat -> R) (* ‖ξ‖² *)
  (xi_dot_gradF : nat -> R) (* ⟨ξ,∇F⟩ *)
  (* range: ℓ, at least that of every step that was made *)
  (L_sign : 0 < L)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: ε², at least ‖ξ‖² of every step that was made *)
  (epsilon2_sign : 0 <= epsilon2)
  (* range: F(x_0) − F_inf *)
  (F0_sign : 0 <= F0)
  (* condition: γ <= 1/ℓ *)
  (in_range_gamma_1_ell : gamma <= 1 / L)
  (* assumed: start: F(x_0) − F_inf is at most F₀ *)
  (H_start : E O <= F0)
  (* assumed: no gradient yet: S(0) is an empty sum *)
  (H_no_gradient_yet : S_ O = 0)
  (* squared norm: E(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_E_T_sign : forall T : nat, 0 <= E T)
  (* squared norm: g(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_g_T_sign : forall T : nat, 0 <= g T)
  (* assumed: smoothness: measured on the step that was made; nothing is assumed elsewhere (of
      theorem path_step, cited for 'path_step') *)
  (H_smoothness : forall T : nat, (E (S T)) + gamma * (g T) + gamma * (xi_dot_gradF T) <= (E T) + L
      * ((norm2_xi T) * gamma ^ 2 + (g T) * gamma ^ 2 + 2 * (xi_dot_gradF T) * gamma ^ 2) / 2)
  (* assumed: error: the largest over the steps (of theorem path_step, cited for 'path_step') *)
  (H_error : forall T : nat, (norm2_xi T) <= epsilon2)
  (* squared norm: a squared norm: ‖ξ + ∇F‖² (of theorem path_step, cited for 'path_step') *)
  (H_square : forall T : nat, 0 <= (norm2_xi T) + (g T) + 2 * (xi_dot_gradF T))
  (* assumed: one more gradient: S(T + 1) adds E‖∇F(x_T)‖² *)
  (H_one_more_gradient : forall T : nat, S_ (S T) = S_ T + g T)
  : forall T : nat, gamma * S_ T / 2 + E T <= F0 + INR T * gamma * epsilon2 / 2.
Proof.
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / gamma - L)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((L / gamma) * (1 / L - gamma)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_gamma : gamma = 1 / (L + s_slack)).
  { rewrite ?s_slack_def. identity. }
  assert (every : forall T : nat, gamma * S_ T / 2 + E T <= F0 + INR T * gamma * epsilon2 / 2).
  { intro T. induction T as [| T hypothesis].
  - (* base, T = 0 *) assert (goal : gamma * S_ O / 2 + E O <= F0 + 0 * gamma * epsilon2 / 2).
  {
  assert (fact_1 : 0 <= F0 - (E O)).
  { exact (room _ _ H_start). }
  assert (fact_2 : S_ O - 0 = 0).
  { exact (same _ _ H_no_gradient_yet). }
  assert (part_2 := times_zero (- gamma / 2) _ fact_2).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F0 - (E O)) + (- gamma / 2) * (S_ O - 0)) by
      identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, T to T + 1 *) assert (goal : gamma * S_ (S T) / 2 + E (S T) <= F0 + (INR T + 1) *
      gamma * epsilon2 / 2).
  {
  pose proof (pos_INR T) as index_sign.
  assert (fact_1 : 0 <= (E T) + gamma * epsilon2 / 2 - gamma * (g T) / 2 - (E (S T))).
  { apply room.
  refine ((path_step L gamma epsilon2 (E T) (g T) (E (S T)) (norm2_xi T) (xi_dot_gradF T) _ _ _ _ _
      _ (H_smoothness T) (H_error T) (H_square T))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize gamma_sign. cbn [INR]. lra. }
  { generalize epsilon2_sign. cbn [INR]. lra. }
  { pose proof (H_E_T_sign T). rewrite ?chart_gamma. written ((E T)). sign. }
  { pose proof (H_g_T_sign T). rewrite ?chart_gamma. written ((g T)). sign. }
  { generalize in_range_gamma_1_ell. cbn [INR]. lra. } }
  assert (fact_2 : S_ (S T) - (S_ T + g T) = 0).
  { exact (same _ _ (H_one_more_gradient T)). }
  assert (part_2 := times_zero (- gamma / 2) _ fact_2).
  assert (fact_3 : 0 <= F0 + INR T * gamma * epsilon2 / 2 - (gamma * S_ T / 2 + E T)).
  { exact (room _ _ hypothesis). }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (((E T) + gamma * epsilon2 / 2 - gamma * (g T)
      / 2 - (E (S T))) + (- gamma / 2) * (S_ (S T) - (S_ T + g T)) + (F0 + INR T * gamma * epsilon2
      / 2 - (gamma * S_ T / 2 + E T))) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro T. exact (every T).
Qed.

(* A run that was made has small gradients, up to the error of its steps *)
Theorem path_rate
  (L : R) (* ℓ, at least that of every step that was made *)
  (gamma : R) (* the step size γ *)
  (epsilon2 : R) (* ε², at least ‖ξ‖² of every step that was made *)
  (F0 : R) (* F(x_0) − F_inf *)
  (T : nat) (* the rounds T *)
  (phi : R) (* φ *)
  (E : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (g : nat -> R) (*  *)
  (norm2_xi : nat -> R) (* ‖ξ‖² *)
  (xi_dot_gradF : nat -> R) (* ⟨ξ,∇F⟩ *)
  (* range: ℓ, at least that of every step that was made *)
  (L_sign : 0 < L)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: ε², at least ‖ξ‖² of every step that was made *)
  (epsilon2_sign : 0 <= epsilon2)
  (* range: F(x_0) − F_inf *)
  (F0_sign : 0 <= F0)
  (* condition: γ <= 1/ℓ *)
  (in_range_gamma_1_ell : gamma <= 1 / L)
  (* condition: T >= 1 *)
  (in_range_T_1 : 1 <= INR T)
  (* assumed: start: F(x_0) − F_inf is at most F₀ (of theorem path_rate_sum, cited for
      'path_rate_sum') *)
  (H_start : E O <= F0)
  (* assumed: no gradient yet: S(0) is an empty sum (of theorem path_rate_sum, cited for
      'path_rate_sum') *)
  (H_no_gradient_yet : S_ O = 0)
  (* squared norm: E(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem path_rate_sum, cited for 'path_rate_sum') *)
  (H_E_T_sign : forall T : nat, 0 <= E T)
  (* squared norm: g(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem path_rate_sum, cited for 'path_rate_sum') *)
  (H_g_T_sign : forall T : nat, 0 <= g T)
  (* assumed: smoothness: measured on the step that was made; nothing is assumed elsewhere (of
      theorem path_step, cited for 'path_step') (of theorem path_rate_sum, cited for
      'path_rate_sum') *)
  (H_smoothness : forall T : nat, (E (S T)) + gamma * (g T) + gamma * (xi_dot_gradF T) <= (E T) + L
      * ((norm2_xi T) * gamma ^ 2 + (g T) * gamma ^ 2 + 2 * (xi_dot_gradF T) * gamma ^ 2) / 2)
  (* assumed: error: the largest over the steps (of theorem path_step, cited for 'path_step') (of
      theorem path_rate_sum, cited for 'path_rate_sum') *)
  (H_error : forall T : nat, (norm2_xi T) <= epsilon2)
  (* squared norm: a squared norm: ‖ξ + ∇F‖² (of theorem path_step, cited for 'path_step') (of
      theorem path_rate_sum, cited for 'path_rate_sum') *)
  (H_square : forall T : nat, 0 <= (norm2_xi T) + (g T) + 2 * (xi_dot_gradF T))
  (* assumed: one more gradient: S(T + 1) adds E‖∇F(x_T)‖² (of theorem path_rate_sum, cited for
      'path_rate_sum') *)
  (H_one_more_gradient : forall T : nat, S_ (S T) = S_ T + g T)
  (* assumed: mean gradient: φ is the mean of E‖∇F(x_t)‖² *)
  (H_mean_gradient : phi = S_ T / INR T)
  (* assumed: F >= F_inf: F_inf is a lower bound *)
  (H_F_F_inf : 0 <= E T)
  : phi <= 2 * F0 / (INR T * gamma) + epsilon2.
Proof.
  pose proof (pos_INR T).
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / gamma - L)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((L / gamma) * (1 / L - gamma)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists u_slack, 0 <= u_slack /\ u_slack = INR T - 1)
    as [u_slack [u_slack_sign u_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR T - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_gamma : gamma = 1 / (L + s_slack)).
  { rewrite ?s_slack_def. identity. }
  assert (chart_T : INR T = u_slack + 1).
  { rewrite ?u_slack_def. identity. }
  {
  assert (fact_1 : 0 <= F0 + INR T * gamma * epsilon2 / 2 - (gamma * S_ T / 2 + E T)).
  { apply room.
  refine ((path_rate_sum L gamma epsilon2 F0 E S_ g norm2_xi xi_dot_gradF _ _ _ _ _ H_start
      H_no_gradient_yet H_E_T_sign H_g_T_sign H_smoothness H_error H_square H_one_more_gradient T)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize gamma_sign. cbn [INR]. lra. }
  { generalize epsilon2_sign. cbn [INR]. lra. }
  { generalize F0_sign. cbn [INR]. lra. }
  { generalize in_range_gamma_1_ell. cbn [INR]. lra. } }
  assert (multiplier_1 : 0 <= 2 / (INR T * gamma)).
  { rewrite ?chart_gamma, ?chart_T. written (2 * (L + s_slack) / (u_slack + 1)). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : phi - (S_ T / INR T) = 0).
  { exact (same _ _ H_mean_gradient). }
  assert (part_2 := times_zero (- 1) _ fact_2).
  assert (fact_3 : 0 <= E T - 0).
  { exact (room _ _ H_F_F_inf). }
  assert (multiplier_3 : 0 <= 2 / (INR T * gamma)).
  { rewrite ?chart_gamma, ?chart_T. written (2 * (L + s_slack) / (u_slack + 1)). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((2 / (INR T * gamma)) * (F0 + INR T * gamma *
      epsilon2 / 2 - (gamma * S_ T / 2 + E T)) + (- 1) * (phi - (S_ T / INR T)) + (2 / (INR T *
      gamma)) * (E T - 0)) by identity end.
  parts.
  }
Qed.

Print Assumptions path_rate.
