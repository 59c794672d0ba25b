(* A constant step decays geometrically to a noise floor. *)
(* F is L-smooth and μ-strongly convex with minimiser x*; x_{t+1} = x_t − γ g_t, E g_t = ∇F(x_t),
    E‖g_t − ∇F(x_t)‖² <= σ²; a_t = E‖x_t − x*‖², Q(t) = (1 − γμ)^(2t). *)
(* Reference: theorem one_step. *)

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

(* Cocoercivity of the gradient at the minimiser *)
Lemma cocoercivity
  (L : R) (* the smoothness L *)
  (mu : R) (* the strong convexity μ *)
  (e_dot_gradF : R) (* ⟨∇F(x), e⟩ *)
  (DeltaF : R) (* ΔF *)
  (norm2_e : R) (* ‖e‖² *)
  (norm2_gradF : R) (* ‖∇F‖² *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: ⟨∇F(x), e⟩ *)
  (e_dot_gradF_sign : 0 <= e_dot_gradF)
  (* condition: L >= μ *)
  (in_range_L_mu : mu <= L)
  (* assumed: from x* to x: interpolation inequality of smooth strongly convex functions *)
  (H_from_x_star_to_x : L * mu * norm2_e + 2 * DeltaF * mu + norm2_gradF <= 2 * L * DeltaF + 2 * mu
      * e_dot_gradF)
  (* assumed: from x to x*: interpolation inequality of smooth strongly convex functions *)
  (H_from_x_to_x_star : 2 * L * DeltaF + L * mu * norm2_e + norm2_gradF <= 2 * L * e_dot_gradF + 2 *
      DeltaF * mu)
  : L * mu * norm2_e + norm2_gradF <= e_dot_gradF * (L + mu).
Proof.
  assert (exists ell_slack, 0 <= ell_slack /\ ell_slack = L - mu)
    as [ell_slack [ell_slack_sign ell_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_L : L = mu + ell_slack).
  { rewrite ?ell_slack_def. identity. }
  {
  assert (fact_1 : 0 <= 2 * L * DeltaF + 2 * mu * e_dot_gradF - (L * mu * norm2_e + 2 * DeltaF * mu
      + norm2_gradF)).
  { exact (room _ _ H_from_x_star_to_x). }
  assert (multiplier_1 : 0 <= 1 / 2).
  { rewrite ?chart_L. written ((1 / 2)). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : 0 <= 2 * L * e_dot_gradF + 2 * DeltaF * mu - (2 * L * DeltaF + L * mu * norm2_e +
      norm2_gradF)).
  { exact (room _ _ H_from_x_to_x_star). }
  assert (multiplier_2 : 0 <= 1 / 2).
  { rewrite ?chart_L. written ((1 / 2)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((1 / 2) * (2 * L * DeltaF + 2 * mu *
      e_dot_gradF - (L * mu * norm2_e + 2 * DeltaF * mu + norm2_gradF)) + (1 / 2) * (2 * L *
      e_dot_gradF + 2 * DeltaF * mu - (2 * L * DeltaF + L * mu * norm2_e + norm2_gradF))) by
      identity end.
  parts.
  }
Qed.

(* One step contracts the distance, up to the variance of the draw *)
Lemma one_step
  (L : R) (* the smoothness L *)
  (mu : R) (* the strong convexity μ *)
  (gamma : R) (* the step size γ *)
  (sigma2 : R) (* the variance σ² of the step *)
  (norm2_e : R) (* ‖x − x*‖² *)
  (DeltaF : R) (* ΔF *)
  (norm2_xi : R) (* ‖ξ‖² *)
  (norm2_gradF : R) (* ‖∇F‖² *)
  (e_dot_xi : R) (* ⟨e,ξ⟩ *)
  (e_dot_gradF : R) (* ⟨e,∇F⟩ *)
  (xi_dot_gradF : R) (* ⟨ξ,∇F⟩ *)
  (DeltaF_ : R) (* ΔF *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* range: ‖x − x*‖² *)
  (norm2_e_sign : 0 <= norm2_e)
  (* condition: L >= μ *)
  (in_range_L_mu : mu <= L)
  (* condition: γ <= 2/(L + μ) *)
  (in_range_gamma_2_L_mu : gamma <= 2 / (L + mu))
  (* squared norm: ⟨e,∇F⟩ is not negative, being a squared norm, a mean of them or an excess *)
  (H_e_gradF_sign : 0 <= e_dot_gradF)
  (* assumed: from x* to x: interpolation inequality of smooth strongly convex functions (of theorem
      cocoercivity, cited for 'cocoercivity') *)
  (H_from_x_star_to_x : L * mu * norm2_e + 2 * DeltaF_ * mu + norm2_gradF <= 2 * L * DeltaF_ + 2 *
      mu * e_dot_gradF)
  (* assumed: from x to x*: interpolation inequality of smooth strongly convex functions (of theorem
      cocoercivity, cited for 'cocoercivity') *)
  (H_from_x_to_x_star : 2 * L * DeltaF_ + L * mu * norm2_e + norm2_gradF <= 2 * L * e_dot_gradF + 2
      * DeltaF_ * mu)
  (* assumed: growth from x*: F is μ-strongly convex *)
  (H_growth_from_x_star : mu * norm2_e / 2 <= DeltaF)
  (* assumed: growth from x: F is μ-strongly convex *)
  (H_growth_from_x : DeltaF + mu * norm2_e / 2 <= e_dot_gradF)
  (* assumed: unbiased, against e: ξ has mean zero and e is fixed before the draw *)
  (H_unbiased_against_e : e_dot_xi = 0)
  (* assumed: unbiased, against ∇F: ξ has mean zero and ∇F is fixed before the draw *)
  (H_unbiased_against_gradF : xi_dot_gradF = 0)
  (* assumed: variance: the step's variance at this point is at most σ² *)
  (H_variance : norm2_xi <= sigma2)
  : norm2_xi * gamma ^ 2 + norm2_gradF * gamma ^ 2 + 2 * xi_dot_gradF * gamma ^ 2 + norm2_e - 2 *
      gamma * e_dot_xi - 2 * gamma * e_dot_gradF <= sigma2 * gamma ^ 2 + norm2_e * (1 - gamma * mu)
      ^ 2.
Proof.
  assert (exists ell_slack, 0 <= ell_slack /\ ell_slack = L - mu)
    as [ell_slack [ell_slack_sign ell_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 2 / gamma - L - mu)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((L + mu) / gamma) * (2 / (L + mu) - gamma)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_L : L = mu + ell_slack).
  { rewrite ?ell_slack_def. identity. }
  assert (chart_gamma : gamma = 2 / (s_slack + 2 * mu + ell_slack)).
  { rewrite ?ell_slack_def, ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= e_dot_gradF * (L + mu) - (L * mu * norm2_e + norm2_gradF)).
  { apply room.
  refine ((cocoercivity L mu e_dot_gradF DeltaF_ norm2_e norm2_gradF _ _ _ _ H_from_x_star_to_x
      H_from_x_to_x_star)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize mu_sign. cbn [INR]. lra. }
  { pose proof H_e_gradF_sign. rewrite ?chart_L, ?chart_gamma. written ((e_dot_gradF)). sign. }
  { generalize in_range_L_mu. cbn [INR]. lra. } }
  assert (multiplier_1 : 0 <= gamma ^ 2).
  { rewrite ?chart_L, ?chart_gamma. written (4 / (s_slack + 2 * mu + ell_slack) ^ 2). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : 0 <= DeltaF - (mu * norm2_e / 2)).
  { exact (room _ _ H_growth_from_x_star). }
  assert (multiplier_2 : 0 <= - gamma * (L * gamma + gamma * mu - 2)).
  { rewrite ?chart_L, ?chart_gamma. written (4 * s_slack / (s_slack + 2 * mu + ell_slack) ^ 2).
      sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= e_dot_gradF - (DeltaF + mu * norm2_e / 2)).
  { exact (room _ _ H_growth_from_x). }
  assert (multiplier_3 : 0 <= - gamma * (L * gamma + gamma * mu - 2)).
  { rewrite ?chart_L, ?chart_gamma. written (4 * s_slack / (s_slack + 2 * mu + ell_slack) ^ 2).
      sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : e_dot_xi - 0 = 0).
  { exact (same _ _ H_unbiased_against_e). }
  assert (part_4 := times_zero (2 * gamma) _ fact_4).
  assert (fact_5 : xi_dot_gradF - 0 = 0).
  { exact (same _ _ H_unbiased_against_gradF). }
  assert (part_5 := times_zero (- 2 * gamma ^ 2) _ fact_5).
  assert (fact_6 : 0 <= sigma2 - norm2_xi).
  { exact (room _ _ H_variance). }
  assert (multiplier_6 : 0 <= gamma ^ 2).
  { rewrite ?chart_L, ?chart_gamma. written (4 / (s_slack + 2 * mu + ell_slack) ^ 2). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((gamma ^ 2) * (e_dot_gradF * (L + mu) - (L *
      mu * norm2_e + norm2_gradF)) + (- gamma * (L * gamma + gamma * mu - 2)) * (DeltaF - (mu *
      norm2_e / 2)) + (- gamma * (L * gamma + gamma * mu - 2)) * (e_dot_gradF - (DeltaF + mu *
      norm2_e / 2)) + (2 * gamma) * (e_dot_xi - 0) + (- 2 * gamma ^ 2) * (xi_dot_gradF - 0) + (gamma
      ^ 2) * (sigma2 - norm2_xi)) by identity end.
  parts.
  }
Qed.

(* A constant step decays geometrically to a noise floor *)
Theorem constant_step
  (L : R) (* the smoothness L *)
  (mu : R) (* the strong convexity μ *)
  (gamma : R) (* the step size γ *)
  (sigma2 : R) (* the variance σ² of the step *)
  (a0 : R) (* the start a₀ *)
  (a : nat -> R) (*  *)
  (DeltaF : nat -> R) (* ΔF *)
  (norm2_xi : nat -> R) (* ‖ξ‖² *)
  (norm2_gradF : nat -> R) (* ‖∇F‖² *)
  (e_dot_xi : nat -> R) (* ⟨e,ξ⟩ *)
  (e_dot_gradF : nat -> R) (* ⟨e,∇F⟩ *)
  (xi_dot_gradF : nat -> R) (* ⟨ξ,∇F⟩ *)
  (DeltaF_ : nat -> R) (* ΔF *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* range: the start a₀ *)
  (a0_sign : 0 <= a0)
  (* condition: L >= μ *)
  (in_range_L_mu : mu <= L)
  (* condition: γ <= 2/(L + μ) *)
  (in_range_gamma_2_L_mu : gamma <= 2 / (L + mu))
  (* assumed: start: a(0) is at most a₀ *)
  (H_start : a O <= a0)
  (* squared norm: a(t) is not negative, being a squared norm, a mean of them or an excess *)
  (H_a_t_sign : forall t : nat, 0 <= a t)
  (* squared norm: ⟨e,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem one_step, cited for 'one step at x_t') *)
  (H_e_gradF_sign : forall t : nat, 0 <= (e_dot_gradF t))
  (* assumed: from x* to x: interpolation inequality of smooth strongly convex functions (of theorem
      cocoercivity, cited for 'cocoercivity') (of theorem one_step, cited for 'one step at x_t') *)
  (H_from_x_star_to_x : forall t : nat, L * mu * (a t) + 2 * (DeltaF_ t) * mu + (norm2_gradF t) <= 2
      * L * (DeltaF_ t) + 2 * mu * (e_dot_gradF t))
  (* assumed: from x to x*: interpolation inequality of smooth strongly convex functions (of theorem
      cocoercivity, cited for 'cocoercivity') (of theorem one_step, cited for 'one step at x_t') *)
  (H_from_x_to_x_star : forall t : nat, 2 * L * (DeltaF_ t) + L * mu * (a t) + (norm2_gradF t) <= 2
      * L * (e_dot_gradF t) + 2 * (DeltaF_ t) * mu)
  (* assumed: growth from x*: F is μ-strongly convex (of theorem one_step, cited for 'one step at
      x_t') *)
  (H_growth_from_x_star : forall t : nat, mu * (a t) / 2 <= (DeltaF t))
  (* assumed: growth from x: F is μ-strongly convex (of theorem one_step, cited for 'one step at
      x_t') *)
  (H_growth_from_x : forall t : nat, (DeltaF t) + mu * (a t) / 2 <= (e_dot_gradF t))
  (* assumed: unbiased, against e: ξ has mean zero and e is fixed before the draw (of theorem
      one_step, cited for 'one step at x_t') *)
  (H_unbiased_against_e : forall t : nat, (e_dot_xi t) = 0)
  (* assumed: unbiased, against ∇F: ξ has mean zero and ∇F is fixed before the draw (of theorem
      one_step, cited for 'one step at x_t') *)
  (H_unbiased_against_gradF : forall t : nat, (xi_dot_gradF t) = 0)
  (* assumed: variance: the step's variance at this point is at most σ² (of theorem one_step, cited
      for 'one step at x_t') *)
  (H_variance : forall t : nat, (norm2_xi t) <= sigma2)
  (* what is bounded: 'one step at x_t': what theorem one_step bounds, E‖x⁺ − x*‖² *)
  (H_one_step_at_x_t_link : forall t : nat, a (S t) = (norm2_xi t) * gamma ^ 2 + (norm2_gradF t) *
      gamma ^ 2 + 2 * (xi_dot_gradF t) * gamma ^ 2 + (a t) - 2 * gamma * (e_dot_xi t) - 2 * gamma *
      (e_dot_gradF t))
  : forall t : nat, a t <= gamma * sigma2 / (mu * (2 - gamma * mu)) + (a0 - gamma * sigma2 / (mu *
      (2 - gamma * mu))) * (((1 - gamma * mu) ^ 2) ^ t).
Proof.
  assert (exists ell_slack, 0 <= ell_slack /\ ell_slack = L - mu)
    as [ell_slack [ell_slack_sign ell_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 2 / gamma - L - mu)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((L + mu) / gamma) * (2 / (L + mu) - gamma)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_L : L = mu + ell_slack).
  { rewrite ?ell_slack_def. identity. }
  assert (chart_gamma : gamma = 2 / (s_slack + 2 * mu + ell_slack)).
  { rewrite ?ell_slack_def, ?s_slack_def. identity. }
  assert (exists Q : nat -> R, forall n : nat, ((1 - gamma * mu) ^ 2) ^ n = Q n)
    as [Q Q_def].
  { exists (fun n : nat => ((1 - gamma * mu) ^ 2) ^ n). intro n. reflexivity. }
  assert (every : forall t : nat, a t <= gamma * sigma2 / (mu * (2 - gamma * mu)) + (a0 - gamma *
      sigma2 / (mu * (2 - gamma * mu))) * Q t).
  { intro t. induction t as [| t hypothesis].
  - (* base, t = 0 *) assert (goal : a O <= gamma * sigma2 / (mu * (2 - gamma * mu)) + (a0 - gamma *
      sigma2 / (mu * (2 - gamma * mu))) * Q O).
  {
  pose proof (H_e_gradF_sign O).
  assert (fact_1 : 0 <= a0 - (a O)).
  { exact (room _ _ H_start). }
  assert (fact_2 : Q O - 1 = 0).
  { rewrite <- ?Q_def. rewrite <- ?tech_pow_Rmult, ?pow_O. identity. }
  assert (part_2 := times_zero ((a0 * gamma * mu ^ 2 + gamma * sigma2 - 2 * a0 * mu) / (mu * (gamma
      * mu - 2))) _ fact_2).
  assert (0 < 2 - gamma * mu).
  { rewrite ?chart_L, ?chart_gamma. written (2 * (s_slack + mu + ell_slack) / (s_slack + 2 * mu +
      ell_slack)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((a0 - (a O)) + ((a0 * gamma * mu ^ 2 + gamma *
      sigma2 - 2 * a0 * mu) / (mu * (gamma * mu - 2))) * (Q O - 1)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, t to t + 1 *) assert (goal : a (S t) <= gamma * sigma2 / (mu * (2 - gamma * mu)) +
      (a0 - gamma * sigma2 / (mu * (2 - gamma * mu))) * Q (S t)).
  {
  pose proof (pos_INR t) as index_sign.
  pose proof (H_e_gradF_sign t).
  assert (fact_1 : 0 <= sigma2 * gamma ^ 2 + (a t) * (1 - gamma * mu) ^ 2 - (a (S t))).
  { apply (linked _ _ _ (H_one_step_at_x_t_link t)).
  refine ((one_step L mu gamma sigma2 (a t) (DeltaF t) (norm2_xi t) (norm2_gradF t) (e_dot_xi t)
      (e_dot_gradF t) (xi_dot_gradF t) (DeltaF_ t) _ _ _ _ _ _ _ (H_e_gradF_sign t)
      (H_from_x_star_to_x t) (H_from_x_to_x_star t) (H_growth_from_x_star t) (H_growth_from_x t)
      (H_unbiased_against_e t) (H_unbiased_against_gradF t) (H_variance t))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize mu_sign. cbn [INR]. lra. }
  { generalize gamma_sign. cbn [INR]. lra. }
  { generalize sigma2_sign. cbn [INR]. lra. }
  { pose proof (H_a_t_sign t). rewrite ?chart_L, ?chart_gamma. written ((a t)). sign. }
  { generalize in_range_L_mu. cbn [INR]. lra. }
  { generalize in_range_gamma_2_L_mu. cbn [INR]. lra. } }
  assert (fact_2 : 0 <= gamma * sigma2 / (mu * (2 - gamma * mu)) + (a0 - gamma * sigma2 / (mu * (2 -
      gamma * mu))) * Q t - (a t)).
  { exact (room _ _ hypothesis). }
  assert (multiplier_2 : 0 <= (gamma * mu - 1) ^ 2).
  { rewrite ?chart_L, ?chart_gamma. written ((s_slack + ell_slack) ^ 2 / (s_slack + 2 * mu +
      ell_slack) ^ 2). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : Q (S t) - ((1 - gamma * mu) ^ 2 * Q t) = 0).
  { rewrite <- ?Q_def. rewrite <- ?tech_pow_Rmult, ?pow_O. identity. }
  assert (part_3 := times_zero ((a0 * gamma * mu ^ 2 + gamma * sigma2 - 2 * a0 * mu) / (mu * (gamma
      * mu - 2))) _ fact_3).
  assert (0 < 2 - gamma * mu).
  { rewrite ?chart_L, ?chart_gamma. written (2 * (s_slack + mu + ell_slack) / (s_slack + 2 * mu +
      ell_slack)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((sigma2 * gamma ^ 2 + (a t) * (1 - gamma * mu)
      ^ 2 - (a (S t))) + ((gamma * mu - 1) ^ 2) * (gamma * sigma2 / (mu * (2 - gamma * mu)) + (a0 -
      gamma * sigma2 / (mu * (2 - gamma * mu))) * Q t - (a t)) + ((a0 * gamma * mu ^ 2 + gamma *
      sigma2 - 2 * a0 * mu) / (mu * (gamma * mu - 2))) * (Q (S t) - ((1 - gamma * mu) ^ 2 * Q t)))
      by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro t. rewrite ?Q_def. exact (every t).
Qed.

(* The bound is attained: F(x) = μ/2 ‖x‖² with noise of variance σ². *)
Theorem constant_step_attained
  (L : R) (* the smoothness L *)
  (mu : R) (* the strong convexity μ *)
  (gamma : R) (* the step size γ *)
  (sigma2 : R) (* the variance σ² of the step *)
  (any_a0 : R) (* any number in the place of a₀ *)
  (any_a0_sign : 0 <= any_a0)
  (* the smoothness L *)
  (L_sign : 0 < L)
  (* the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* the step size γ *)
  (gamma_sign : 0 < gamma)
  (* the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* L >= μ *)
  (in_range_L_mu : mu <= L)
  (* γ <= 2/(L + μ) *)
  (in_range_gamma_2_L_mu : gamma <= 2 / (L + mu))
  : exists a0 : R, exists a : nat -> R, 
    (* the start a₀ *) (0 <= a0) /\
    (* start: a(0) is at most a₀ *) (a O <= a0) /\
    (* one step at x_t: theorem 'one_step' *) (forall n : nat, a (S n) <= sigma2 * gamma ^ 2 + (1 -
        gamma * mu) ^ 2 * a n) /\
    (* attained *) (forall n : nat, a n = gamma * sigma2 / (mu * (2 - gamma * mu)) + (a0 - gamma *
        sigma2 / (mu * (2 - gamma * mu))) * (((1 - gamma * mu) ^ 2) ^ n)).
Proof.
  assert (exists ell_slack, 0 <= ell_slack /\ ell_slack = L - mu)
    as [ell_slack [ell_slack_sign ell_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 2 / gamma - L - mu)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((L + mu) / gamma) * (2 / (L + mu) - gamma)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_L : L = mu + ell_slack).
  { rewrite ?ell_slack_def. identity. }
  assert (chart_gamma : gamma = 2 / (s_slack + 2 * mu + ell_slack)).
  { rewrite ?ell_slack_def, ?s_slack_def. identity. }
  exists (any_a0 + gamma * sigma2 / (mu * (2 - gamma * mu))).
  exists (fun n : nat => any_a0 * (((1 - gamma * mu) ^ 2) ^ n) + gamma * sigma2 / (mu * (2 - gamma *
      mu))).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < 2 - gamma *
      mu). { rewrite ?chart_L, ?chart_gamma. written (2 * (s_slack + mu + ell_slack) / (s_slack + 2
      * mu + ell_slack)). sign. } apply at_most. rewrite ?chart_L, ?chart_gamma. written ((any_a0 *
      s_slack * mu + any_a0 * mu ^ 2 + any_a0 * mu * ell_slack + sigma2) / (mu * (s_slack + mu +
      ell_slack))). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. assert (0 < 2 - gamma *
      mu). { rewrite ?chart_L, ?chart_gamma. written (2 * (s_slack + mu + ell_slack) / (s_slack + 2
      * mu + ell_slack)). sign. } apply at_most. rewrite ?chart_L, ?chart_gamma. written (0). sign.
      }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. assert (0 < 2 - gamma * mu). { rewrite ?chart_L, ?chart_gamma.
      written (2 * (s_slack + mu + ell_slack) / (s_slack + 2 * mu + ell_slack)). sign. } apply
      at_most. rewrite ?chart_L, ?chart_gamma. written (0). sign. }
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. assert (0 < 2 - gamma * mu). { rewrite ?chart_L, ?chart_gamma.
      written (2 * (s_slack + mu + ell_slack) / (s_slack + 2 * mu + ell_slack)). sign. } apply
      equal. match goal with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions constant_step.

Print Assumptions constant_step_attained.
