(* On L/2 ‖x‖² the squared gradients of steps of one size add up to no less. *)
(* F(x) = L/2 ‖x‖², x⁺ = x − γ(Lx + ξ), E ξ = 0, E‖ξ‖² >= σ² in every round; E(t) = E F(x_t), Q(t) =
    ((1 − γL)²)^t, S(T) = Σ_{t<T} E‖∇F(x_t)‖². *)
(* Reference: theorem lower_value. *)

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

(* One step on the quadratic μ/2 ‖x‖², exactly *)
Lemma quadratic_step
  (mu : R) (* the strong convexity μ *)
  (gamma : R) (* the step size γ *)
  (sigma2 : R) (* the variance σ² *)
  (norm2_x : R) (* ‖x‖² *)
  (norm2_xi : R) (* ‖ξ‖² *)
  (x_dot_xi : R) (* ⟨x,ξ⟩ *)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: the variance σ² *)
  (sigma2_sign : 0 <= sigma2)
  (* range: ‖x‖² *)
  (norm2_x_sign : 0 <= norm2_x)
  (* assumed: unbiased, against x: ξ has mean zero and x is fixed before the draw *)
  (H_unbiased_against_x : x_dot_xi = 0)
  (* assumed: variance: the noise has variance σ² *)
  (H_variance : sigma2 = norm2_xi)
  : norm2_xi * gamma ^ 2 + norm2_x * (1 - gamma * mu) ^ 2 - 2 * gamma * x_dot_xi * (1 - gamma * mu)
      = sigma2 * gamma ^ 2 + norm2_x * (1 - gamma * mu) ^ 2.
Proof.
  {
  assert (fact_1 : x_dot_xi - 0 = 0).
  { exact (same _ _ H_unbiased_against_x). }
  assert (part_1 := times_zero (- 2 * gamma * (gamma * mu - 1)) _ fact_1).
  assert (fact_2 : sigma2 - norm2_xi = 0).
  { exact (same _ _ H_variance). }
  assert (part_2 := times_zero (gamma ^ 2) _ fact_2).
  apply equal.
  match goal with |- ?here = 0 => replace here with ((- 2 * gamma * (gamma * mu - 1)) * (x_dot_xi -
      0) + (gamma ^ 2) * (sigma2 - norm2_xi)) by identity end.
  parts.
  }
Qed.

(* On L/2 ‖x‖² steps of one size decay no faster than (1 − γL)² a round, to a floor *)
Lemma lower_value
  (L : R) (* the smoothness L *)
  (gamma : R) (* the step size γ *)
  (sigma2 : R) (* the least variance σ² *)
  (F0 : R) (* F(x_0) at least *)
  (Exi_t2 : nat -> R) (* E‖ξ_t‖² *)
  (E : nat -> R) (*  *)
  (a : nat -> R) (*  *)
  (norm2_xi : nat -> R) (* ‖ξ‖² *)
  (x_dot_xi : nat -> R) (* ⟨x,ξ⟩ *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the least variance σ² *)
  (sigma2_sign : 0 <= sigma2)
  (* range: F(x_0) at least *)
  (F0_sign : 0 <= F0)
  (* condition: γ <= 1/L *)
  (in_range_gamma_1_L : gamma <= 1 / L)
  (* assumed: start: F(x_0) is at least F₀ *)
  (H_start : F0 <= E O)
  (* assumed: value: F(x) = L/2 ‖x‖², a(t) = E‖x_t‖² *)
  (H_value : forall t : nat, E t = L * a t / 2)
  (* assumed: next value: the same at t + 1 *)
  (H_next_value : forall t : nat, E (S t) = L * a (S t) / 2)
  (* squared norm: E‖ξ_t‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_Exi_t2_sign : forall t : nat, 0 <= (Exi_t2 t))
  (* squared norm: a(t) is not negative, being a squared norm, a mean of them or an excess *)
  (H_a_t_sign : forall t : nat, 0 <= a t)
  (* assumed: unbiased, against x: ξ has mean zero and x is fixed before the draw (of theorem
      quadratic_step, cited for 'one step at x_t') *)
  (H_unbiased_against_x : forall t : nat, (x_dot_xi t) = 0)
  (* assumed: variance: the noise has variance σ² (of theorem quadratic_step, cited for 'one step at
      x_t') *)
  (H_variance : forall t : nat, (Exi_t2 t) = (norm2_xi t))
  (* what is bounded: 'one step at x_t': what theorem quadratic_step bounds, E‖x⁺‖² *)
  (H_one_step_at_x_t_link : forall t : nat, a (S t) = (norm2_xi t) * gamma ^ 2 + (a t) * (1 - gamma
      * L) ^ 2 - 2 * gamma * (x_dot_xi t) * (1 - gamma * L))
  (* assumed: noisy: the variance is at least σ² *)
  (H_noisy : forall t : nat, sigma2 <= (Exi_t2 t))
  : forall t : nat, gamma * sigma2 / (4 - 2 * L * gamma) + (F0 - gamma * sigma2 / (4 - 2 * L *
      gamma)) * (((1 - L * gamma) ^ 2) ^ t) <= E t.
Proof.
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / gamma - L)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((L / gamma) * (1 / L - gamma)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_gamma : gamma = 1 / (L + s_slack)).
  { rewrite ?s_slack_def. identity. }
  assert (exists Q : nat -> R, forall n : nat, ((1 - L * gamma) ^ 2) ^ n = Q n)
    as [Q Q_def].
  { exists (fun n : nat => ((1 - L * gamma) ^ 2) ^ n). intro n. reflexivity. }
  assert (every : forall t : nat, gamma * sigma2 / (4 - 2 * L * gamma) + (F0 - gamma * sigma2 / (4 -
      2 * L * gamma)) * Q t <= E t).
  { intro t. induction t as [| t hypothesis].
  - (* base, t = 0 *) assert (goal : gamma * sigma2 / (4 - 2 * L * gamma) + (F0 - gamma * sigma2 /
      (4 - 2 * L * gamma)) * Q O <= E O).
  {
  assert (fact_1 : 0 <= E O - F0).
  { exact (room _ _ H_start). }
  assert (fact_2 : Q O - 1 = 0).
  { rewrite <- ?Q_def. rewrite <- ?tech_pow_Rmult, ?pow_O. identity. }
  assert (part_2 := times_zero (- (2 * F0 * L * gamma + gamma * sigma2 - 4 * F0) / (2 * (L * gamma -
      2))) _ fact_2).
  assert (0 < 2 - L * gamma).
  { rewrite ?chart_gamma. written ((L + 2 * s_slack) / (L + s_slack)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((E O - F0) + (- (2 * F0 * L * gamma + gamma *
      sigma2 - 4 * F0) / (2 * (L * gamma - 2))) * (Q O - 1)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, t to t + 1 *) assert (goal : gamma * sigma2 / (4 - 2 * L * gamma) + (F0 - gamma *
      sigma2 / (4 - 2 * L * gamma)) * Q (S t) <= E (S t)).
  {
  pose proof (pos_INR t) as index_sign.
  assert (fact_1 : E t - (L * a t / 2) = 0).
  { exact (same _ _ (H_value t)). }
  assert (part_1 := times_zero (- (L * gamma - 1) ^ 2) _ fact_1).
  assert (fact_2 : E (S t) - (L * a (S t) / 2) = 0).
  { exact (same _ _ (H_next_value t)). }
  assert (fact_3 : (Exi_t2 t) * gamma ^ 2 + (a t) * (1 - gamma * L) ^ 2 - (a (S t)) = 0).
  { apply (linked_equal _ _ _ (H_one_step_at_x_t_link t)).
  refine ((quadratic_step L gamma (Exi_t2 t) (a t) (norm2_xi t) (x_dot_xi t) _ _ _
      (H_unbiased_against_x t) (H_variance t))).
  { generalize L_sign. cbn [INR]. lra. }
  { pose proof (H_Exi_t2_sign t). rewrite ?chart_gamma. written (((Exi_t2 t))). sign. }
  { pose proof (H_a_t_sign t). rewrite ?chart_gamma. written ((a t)). sign. } }
  assert (part_3 := times_zero (- L / 2) _ fact_3).
  assert (fact_4 : 0 <= (Exi_t2 t) - sigma2).
  { exact (room _ _ (H_noisy t)). }
  assert (multiplier_4 : 0 <= L * gamma ^ 2 / 2).
  { rewrite ?chart_gamma. written ((1 / 2) * L / (L + s_slack) ^ 2). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (fact_5 : 0 <= E t - (gamma * sigma2 / (4 - 2 * L * gamma) + (F0 - gamma * sigma2 / (4 - 2
      * L * gamma)) * Q t)).
  { exact (room _ _ hypothesis). }
  assert (multiplier_5 : 0 <= (L * gamma - 1) ^ 2).
  { rewrite ?chart_gamma. written (s_slack ^ 2 / (L + s_slack) ^ 2). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (fact_6 : Q (S t) - ((1 - L * gamma) ^ 2 * Q t) = 0).
  { rewrite <- ?Q_def. rewrite <- ?tech_pow_Rmult, ?pow_O. identity. }
  assert (part_6 := times_zero (- (2 * F0 * L * gamma + gamma * sigma2 - 4 * F0) / (2 * (L * gamma -
      2))) _ fact_6).
  assert (0 < 2 - L * gamma).
  { rewrite ?chart_gamma. written ((L + 2 * s_slack) / (L + s_slack)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- (L * gamma - 1) ^ 2) * (E t - (L * a t /
      2)) + (E (S t) - (L * a (S t) / 2)) + (- L / 2) * ((Exi_t2 t) * gamma ^ 2 + (a t) * (1 - gamma
      * L) ^ 2 - (a (S t))) + (L * gamma ^ 2 / 2) * ((Exi_t2 t) - sigma2) + ((L * gamma - 1) ^ 2) *
      (E t - (gamma * sigma2 / (4 - 2 * L * gamma) + (F0 - gamma * sigma2 / (4 - 2 * L * gamma)) * Q
      t)) + (- (2 * F0 * L * gamma + gamma * sigma2 - 4 * F0) / (2 * (L * gamma - 2))) * (Q (S t) -
      ((1 - L * gamma) ^ 2 * Q t))) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro t. rewrite ?Q_def. exact (every t).
Qed.

(* On L/2 ‖x‖² the squared gradients of steps of one size add up to no less *)
Theorem lower_gradient
  (L : R) (* the smoothness L *)
  (gamma : R) (* the step size γ *)
  (sigma2 : R) (* the least variance σ² *)
  (F0 : R) (* F(x_0) at least *)
  (E : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (Exi_t2 : nat -> nat -> R) (* E‖ξ_t‖² *)
  (a : nat -> nat -> R) (*  *)
  (norm2_xi : nat -> nat -> R) (* ‖ξ‖² *)
  (x_dot_xi : nat -> nat -> R) (* ⟨x,ξ⟩ *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the least variance σ² *)
  (sigma2_sign : 0 <= sigma2)
  (* range: F(x_0) at least *)
  (F0_sign : 0 <= F0)
  (* condition: γ <= 1/L *)
  (in_range_gamma_1_L : gamma <= 1 / L)
  (* assumed: no gradient yet: S(0) is an empty sum *)
  (H_no_gradient_yet : S_ O = 0)
  (* assumed: one more gradient: ‖∇F(x)‖² = 2L F(x) for F(x) = L/2 ‖x‖² *)
  (H_one_more_gradient : forall T : nat, S_ (S T) = 2 * L * E T + S_ T)
  (* assumed: start: F(x_0) is at least F₀ (of theorem lower_value, cited for 'lower_value') *)
  (H_start : F0 <= E O)
  (* assumed: value: F(x) = L/2 ‖x‖², a(t) = E‖x_t‖² (of theorem lower_value, cited for
      'lower_value') *)
  (H_value : forall T : nat, forall t : nat, E t = L * (a T) t / 2)
  (* assumed: next value: the same at t + 1 (of theorem lower_value, cited for 'lower_value') *)
  (H_next_value : forall T : nat, forall t : nat, E (S t) = L * (a T) (S t) / 2)
  (* squared norm: E‖ξ_t‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem lower_value, cited for 'lower_value') *)
  (H_Exi_t2_sign : forall T : nat, forall t : nat, 0 <= ((Exi_t2 T) t))
  (* squared norm: a(t) is not negative, being a squared norm, a mean of them or an excess (of
      theorem lower_value, cited for 'lower_value') *)
  (H_a_t_sign : forall T : nat, forall t : nat, 0 <= (a T) t)
  (* assumed: unbiased, against x: ξ has mean zero and x is fixed before the draw (of theorem
      quadratic_step, cited for 'one step at x_t') (of theorem lower_value, cited for 'lower_value')
      *)
  (H_unbiased_against_x : forall T : nat, forall t : nat, ((x_dot_xi T) t) = 0)
  (* assumed: variance: the noise has variance σ² (of theorem quadratic_step, cited for 'one step at
      x_t') (of theorem lower_value, cited for 'lower_value') *)
  (H_variance : forall T : nat, forall t : nat, ((Exi_t2 T) t) = ((norm2_xi T) t))
  (* what is bounded: 'one step at x_t': what theorem quadratic_step bounds, E‖x⁺‖² (of theorem
      lower_value, cited for 'lower_value') *)
  (H_one_step_at_x_t_link : forall T : nat, forall t : nat, (a T) (S t) = ((norm2_xi T) t) * gamma ^
      2 + ((a T) t) * (1 - gamma * L) ^ 2 - 2 * gamma * ((x_dot_xi T) t) * (1 - gamma * L))
  (* assumed: noisy: the variance is at least σ² (of theorem lower_value, cited for 'lower_value')
      *)
  (H_noisy : forall T : nat, forall t : nat, sigma2 <= ((Exi_t2 T) t))
  : forall T : nat, 2 * L * INR T * gamma * sigma2 / (4 - 2 * L * gamma) + (2 - 2 * (((1 - L *
      gamma) ^ 2) ^ T)) * (F0 - gamma * sigma2 / (4 - 2 * L * gamma)) / (gamma * (2 - L * gamma)) <=
      S_ T.
Proof.
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / gamma - L)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((L / gamma) * (1 / L - gamma)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_gamma : gamma = 1 / (L + s_slack)).
  { rewrite ?s_slack_def. identity. }
  assert (exists Q_ : nat -> R, forall n : nat, ((1 - L * gamma) ^ 2) ^ n = Q_ n)
    as [Q_ Q__def].
  { exists (fun n : nat => ((1 - L * gamma) ^ 2) ^ n). intro n. reflexivity. }
  assert (every : forall T : nat, 2 * L * INR T * gamma * sigma2 / (4 - 2 * L * gamma) + (2 - 2 * Q_
      T) * (F0 - gamma * sigma2 / (4 - 2 * L * gamma)) / (gamma * (2 - L * gamma)) <= S_ T).
  { intro T. induction T as [| T hypothesis].
  - (* base, T = 0 *) assert (goal : 2 * L * 0 * gamma * sigma2 / (4 - 2 * L * gamma) + (2 - 2 * Q_
      O) * (F0 - gamma * sigma2 / (4 - 2 * L * gamma)) / (gamma * (2 - L * gamma)) <= S_ O).
  {
  pose proof (H_Exi_t2_sign O).
  pose proof (H_a_t_sign O).
  assert (fact_1 : S_ O - 0 = 0).
  { exact (same _ _ H_no_gradient_yet). }
  assert (fact_2 : Q_ O - 1 = 0).
  { rewrite <- ?Q__def. rewrite <- ?tech_pow_Rmult, ?pow_O. identity. }
  assert (part_2 := times_zero (- (2 * F0 * L * gamma + gamma * sigma2 - 4 * F0) / (gamma * (L *
      gamma - 2) ^ 2)) _ fact_2).
  assert (0 < 2 - L * gamma).
  { rewrite ?chart_gamma. written ((L + 2 * s_slack) / (L + s_slack)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((S_ O - 0) + (- (2 * F0 * L * gamma + gamma *
      sigma2 - 4 * F0) / (gamma * (L * gamma - 2) ^ 2)) * (Q_ O - 1)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, T to T + 1 *) assert (goal : 2 * L * (INR T + 1) * gamma * sigma2 / (4 - 2 * L *
      gamma) + (2 - 2 * Q_ (S T)) * (F0 - gamma * sigma2 / (4 - 2 * L * gamma)) / (gamma * (2 - L *
      gamma)) <= S_ (S T)).
  {
  pose proof (pos_INR T) as index_sign.
  pose proof (H_Exi_t2_sign T).
  pose proof (H_a_t_sign T).
  assert (fact_1 : S_ (S T) - (2 * L * E T + S_ T) = 0).
  { exact (same _ _ (H_one_more_gradient T)). }
  assert (fact_2 : 0 <= E T - (gamma * sigma2 / (4 - 2 * L * gamma) + (F0 - gamma * sigma2 / (4 - 2
      * L * gamma)) * (((1 - L * gamma) ^ 2) ^ T))).
  { apply room.
  refine ((lower_value L gamma sigma2 F0 (Exi_t2 T) E (a T) (norm2_xi T) (x_dot_xi T) _ _ _ _ _
      H_start (H_value T) (H_next_value T) (H_Exi_t2_sign T) (H_a_t_sign T) (H_unbiased_against_x T)
      (H_variance T) (H_one_step_at_x_t_link T) (H_noisy T) T)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize gamma_sign. cbn [INR]. lra. }
  { generalize sigma2_sign. cbn [INR]. lra. }
  { generalize F0_sign. cbn [INR]. lra. }
  { generalize in_range_gamma_1_L. cbn [INR]. lra. } }
  assert (multiplier_2 : 0 <= 2 * L).
  { rewrite ?chart_gamma. written (2 * L). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= S_ T - (2 * L * INR T * gamma * sigma2 / (4 - 2 * L * gamma) + (2 - 2 * Q_
      T) * (F0 - gamma * sigma2 / (4 - 2 * L * gamma)) / (gamma * (2 - L * gamma)))).
  { exact (room _ _ hypothesis). }
  assert (fact_4 : Q_ (S T) - ((1 - L * gamma) ^ 2 * Q_ T) = 0).
  { rewrite <- ?Q__def. rewrite <- ?tech_pow_Rmult, ?pow_O. identity. }
  assert (part_4 := times_zero (- (2 * F0 * L * gamma + gamma * sigma2 - 4 * F0) / (gamma * (L *
      gamma - 2) ^ 2)) _ fact_4).
  assert (0 < 2 - L * gamma).
  { rewrite ?chart_gamma. written ((L + 2 * s_slack) / (L + s_slack)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((S_ (S T) - (2 * L * E T + S_ T)) + (2 * L) *
      (E T - (gamma * sigma2 / (4 - 2 * L * gamma) + (F0 - gamma * sigma2 / (4 - 2 * L * gamma)) *
      (((1 - L * gamma) ^ 2) ^ T))) + (S_ T - (2 * L * INR T * gamma * sigma2 / (4 - 2 * L * gamma)
      + (2 - 2 * Q_ T) * (F0 - gamma * sigma2 / (4 - 2 * L * gamma)) / (gamma * (2 - L * gamma)))) +
      (- (2 * F0 * L * gamma + gamma * sigma2 - 4 * F0) / (gamma * (L * gamma - 2) ^ 2)) * (Q_ (S T)
      - ((1 - L * gamma) ^ 2 * Q_ T))) by (rewrite ?Q__def; identity) end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro T. rewrite ?Q__def. exact (every T).
Qed.

(* The bound is attained: variance σ² exactly. *)
Theorem lower_gradient_attained
  (L : R) (* the smoothness L *)
  (gamma : R) (* the step size γ *)
  (sigma2 : R) (* the least variance σ² *)
  (gamma_above : 0 < gamma)
  (any_F0 : R) (* any number in the place of F₀ *)
  (any_F0_sign : 0 <= any_F0)
  (* the smoothness L *)
  (L_sign : 0 < L)
  (* the step size γ *)
  (gamma_sign : 0 < gamma)
  (* the least variance σ² *)
  (sigma2_sign : 0 <= sigma2)
  (* γ <= 1/L *)
  (in_range_gamma_1_L : gamma <= 1 / L)
  : exists F0 : R, exists E : nat -> R, exists S_ : nat -> R, 
    (* F(x_0) at least *) (0 <= F0) /\
    (* no gradient yet: S(0) is an empty sum *) (S_ O = 0) /\
    (* one more gradient: ‖∇F(x)‖² = 2L F(x) for F(x) = L/2 ‖x‖² *) (forall n : nat, S_ (S n) = 2 *
        L * E n + S_ n) /\
    (* lower_value: theorem 'lower_value' *) (forall n : nat, gamma * sigma2 / (4 - 2 * L * gamma) +
        (F0 - gamma * sigma2 / (4 - 2 * L * gamma)) * (((1 - L * gamma) ^ 2) ^ n) <= E n) /\
    (* attained *) (forall n : nat, 2 * L * INR n * gamma * sigma2 / (4 - 2 * L * gamma) + (2 - 2 *
        (((1 - L * gamma) ^ 2) ^ n)) * (F0 - gamma * sigma2 / (4 - 2 * L * gamma)) / (gamma * (2 - L
        * gamma)) = S_ n).
Proof.
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / gamma - L)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((L / gamma) * (1 / L - gamma)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_gamma : gamma = 1 / (L + s_slack)).
  { rewrite ?s_slack_def. identity. }
  exists (any_F0 + gamma * sigma2 / (4 - 2 * L * gamma)).
  exists (fun n : nat => any_F0 * (((1 - L * gamma) ^ 2) ^ n) + gamma * sigma2 / (4 - 2 * L *
      gamma)).
  exists (fun n : nat => 2 * L * INR n * gamma * sigma2 / (4 - 2 * L * gamma) + any_F0 * (2 - 2 *
      (((1 - L * gamma) ^ 2) ^ n)) / (gamma * (2 - L * gamma))).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < 2 - L *
      gamma). { rewrite ?chart_gamma. written ((L + 2 * s_slack) / (L + s_slack)). sign. } apply
      at_most. rewrite ?chart_gamma. written ((1 / 2) * (2 * L * any_F0 + 4 * any_F0 * s_slack +
      sigma2) / (L + 2 * s_slack)). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < 2 - L *
      gamma). { rewrite ?chart_gamma. written ((L + 2 * s_slack) / (L + s_slack)). sign. } apply
      equal. match goal with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. assert (0 < 2 - L * gamma). { rewrite ?chart_gamma. written ((L + 2 *
      s_slack) / (L + s_slack)). sign. } apply equal. match goal with |- ?here = 0 => replace here
      with 0 by identity end. reflexivity. }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. assert (0 < 2 - L * gamma). { rewrite ?chart_gamma. written ((L + 2 *
      s_slack) / (L + s_slack)). sign. } apply at_most. rewrite ?chart_gamma. written (0). sign. }
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. assert (0 < 2 - L * gamma). { rewrite ?chart_gamma. written ((L + 2 *
      s_slack) / (L + s_slack)). sign. } apply equal. match goal with |- ?here = 0 => replace here
      with 0 by identity end. reflexivity. }
Qed.

Print Assumptions lower_gradient.

Print Assumptions lower_gradient_attained.
