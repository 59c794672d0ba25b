(* Steps c/(t + τ) reach the minimiser at rate 1/t. *)
(* F is L-smooth and μ-strongly convex with minimiser x*; x_{t+1} = x_t − γ_t g_t with γ_t = c/(t +
    τ), E g_t = ∇F(x_t), E‖g_t − ∇F(x_t)‖² <= σ²; a_t = E‖x_t − x*‖². *)
(* Reference: theorems one_step and one_over_t. *)

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

(* Steps c/(t + τ) reach the minimiser at rate 1/t *)
Theorem decreasing_steps
  (L : R) (* the smoothness L *)
  (mu : R) (* the strong convexity μ *)
  (c : R) (* the scale c of the steps *)
  (tau : R) (* the offset τ *)
  (sigma2 : R) (* the variance σ² of the step *)
  (a0 : R) (* the start a₀ *)
  (C : R) (* the constant C *)
  (norm2_e : nat -> R) (* ‖e‖² *)
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
  (* range: the scale c of the steps *)
  (c_sign : 0 < c)
  (* range: the offset τ *)
  (tau_sign : 0 < tau)
  (* range: the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* range: the start a₀ *)
  (a0_sign : 0 <= a0)
  (* range: the constant C *)
  (C_sign : 0 <= C)
  (* condition: L >= μ *)
  (in_range_L_mu : mu <= L)
  (* condition: cμ >= 1 *)
  (in_range_cmu_1 : 1 <= c * mu)
  (* condition: c (L + μ) <= 2τ *)
  (in_range_c_L_mu_2tau : c * (L + mu) <= 2 * tau)
  (* condition: C >= τ a₀ *)
  (in_range_C_tau_a0 : a0 * tau <= C)
  (* condition: C (cμ − 1) >= c² σ² *)
  (in_range_C_cmu_1_c2_sigma2 : sigma2 * c ^ 2 <= C * (c * mu - 1))
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
  (H_one_step_at_x_t_link : forall t : nat, a (S t) = (norm2_xi t) * (c / (INR t + tau)) ^ 2 +
      (norm2_gradF t) * (c / (INR t + tau)) ^ 2 + 2 * (xi_dot_gradF t) * (c / (INR t + tau)) ^ 2 +
      (a t) - 2 * (c / (INR t + tau)) * (e_dot_xi t) - 2 * (c / (INR t + tau)) * (e_dot_gradF t))
  (* assumed: distance: a_t is E‖x_t − x*‖² *)
  (H_distance : forall t : nat, a t = (norm2_e t))
  (* assumed: start: a(0) is at most a₀ *)
  (H_start : a O <= a0)
  (* squared norm: a squared norm: ‖e‖² *)
  (H_square : forall t : nat, 0 <= (norm2_e t))
  : forall t : nat, a t <= C / (INR t + tau).
Proof.
  assert (exists ell_slack, 0 <= ell_slack /\ ell_slack = L - mu)
    as [ell_slack [ell_slack_sign ell_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists r_slack, 0 <= r_slack /\ r_slack = c * mu - 1)
    as [r_slack [r_slack_sign r_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (c * mu - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 2 * tau - c * (L + mu))
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (2 * tau - (c * (L + mu)))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_L : L = mu + ell_slack).
  { rewrite ?ell_slack_def. identity. }
  assert (chart_c : c = (r_slack + 1) / mu).
  { rewrite ?r_slack_def. identity. }
  assert (chart_tau : tau = s_slack / 2 + (r_slack + 1) * (2 * mu + ell_slack) / (2 * mu)).
  { rewrite ?ell_slack_def, ?r_slack_def, ?s_slack_def. identity. }
  assert (goal_recursion : forall t : nat, 0 <= sigma2 * c ^ 2 / (INR t + tau) ^ 2 + (1 - c * mu /
      (INR t + tau)) * a t - a (S t)).
  { intro t. (* recursion *)
  pose proof (pos_INR t) as index_sign.
  pose proof (H_e_gradF_sign t).
  assert (fact_1 : 0 <= sigma2 * (c / (INR t + tau)) ^ 2 + (a t) * (1 - (c / (INR t + tau)) * mu) ^
      2 - (a (S t))).
  { apply (linked _ _ _ (H_one_step_at_x_t_link t)).
  refine ((one_step L mu (c / (INR t + tau)) sigma2 (a t) (DeltaF t) (norm2_xi t) (norm2_gradF t)
      (e_dot_xi t) (e_dot_gradF t) (xi_dot_gradF t) (DeltaF_ t) _ _ _ _ _ _ _ (H_e_gradF_sign t)
      (H_from_x_star_to_x t) (H_from_x_to_x_star t) (H_growth_from_x_star t) (H_growth_from_x t)
      (H_unbiased_against_e t) (H_unbiased_against_gradF t) (H_variance t))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize mu_sign. cbn [INR]. lra. }
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written (2 * (r_slack + 1) / (2 * r_slack * mu + r_slack
      * ell_slack + s_slack * mu + 2 * INR t * mu + 2 * mu + ell_slack)). sign. }
  { generalize sigma2_sign. cbn [INR]. lra. }
  { pose proof (H_a_t_sign t). rewrite ?chart_L, ?chart_c, ?chart_tau. written ((a t)). sign. }
  { generalize in_range_L_mu. cbn [INR]. lra. }
  { apply at_most. rewrite ?chart_L, ?chart_c, ?chart_tau. written (2 * mu * (s_slack + 2 * INR t) /
      ((2 * mu + ell_slack) * (2 * r_slack * mu + r_slack * ell_slack + s_slack * mu + 2 * INR t *
      mu + 2 * mu + ell_slack))). sign. } }
  assert (fact_2 : a t - (norm2_e t) = 0).
  { exact (same _ _ (H_distance t)). }
  assert (part_2 := times_zero (c * mu * (INR t + tau - c * mu) / (INR t + tau) ^ 2) _ fact_2).
  assert (fact_3 : 0 <= (norm2_e t)).
  { exact (H_square t). }
  assert (multiplier_3 : 0 <= c * mu * (INR t + tau - c * mu) / (INR t + tau) ^ 2).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written (2 * mu * (r_slack + 1) * (r_slack * ell_slack +
      s_slack * mu + 2 * INR t * mu + ell_slack) / (2 * r_slack * mu + r_slack * ell_slack + s_slack
      * mu + 2 * INR t * mu + 2 * mu + ell_slack) ^ 2). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (0 < INR t + tau).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written ((1 / 2) * (2 * r_slack * mu + r_slack *
      ell_slack + s_slack * mu + 2 * INR t * mu + 2 * mu + ell_slack) / mu). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((sigma2 * (c / (INR t + tau)) ^ 2 + (a t) * (1
      - (c / (INR t + tau)) * mu) ^ 2 - (a (S t))) + (c * mu * (INR t + tau - c * mu) / (INR t +
      tau) ^ 2) * (a t - (norm2_e t)) + (c * mu * (INR t + tau - c * mu) / (INR t + tau) ^ 2) *
      (norm2_e t)) by identity end.
  parts.
  }
  assert (every : forall t : nat, a t <= C / (INR t + tau)).
  { intro t. induction t as [| t hypothesis].
  - (* base, t = 0 *) assert (goal : a O <= C / (0 + tau)).
  {
  pose proof (H_e_gradF_sign O).
  assert (fact_1 : 0 <= a0 - (a O)).
  { exact (room _ _ H_start). }
  assert (fact_2 : 0 <= C - (a0 * tau)).
  { generalize in_range_C_tau_a0. lra. }
  assert (multiplier_2 : 0 <= 1 / tau).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written (2 * mu / (2 * r_slack * mu + r_slack *
      ell_slack + s_slack * mu + 2 * mu + ell_slack)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((a0 - (a O)) + (1 / tau) * (C - (a0 * tau)))
      by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, t to t + 1 *) assert (goal : a (S t) <= C / ((INR t + 1) + tau)).
  {
  pose proof (pos_INR t) as index_sign.
  pose proof (H_e_gradF_sign t).
  assert (fact_1 : 0 <= sigma2 * c ^ 2 / (INR t + tau) ^ 2 + (1 - c * mu / (INR t + tau)) * a t - a
      (S t)).
  { exact (goal_recursion t). }
  assert (fact_2 : 0 <= C / (INR t + tau) - (a t)).
  { exact (room _ _ hypothesis). }
  assert (multiplier_2 : 0 <= (INR t + tau - c * mu) / (INR t + tau)).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written ((r_slack * ell_slack + s_slack * mu + 2 * INR t
      * mu + ell_slack) / (2 * r_slack * mu + r_slack * ell_slack + s_slack * mu + 2 * INR t * mu +
      2 * mu + ell_slack)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= C * (c * mu - 1) - (sigma2 * c ^ 2)).
  { generalize in_range_C_cmu_1_c2_sigma2. lra. }
  assert (multiplier_3 : 0 <= 1 / (INR t + tau) ^ 2).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written (4 * mu ^ 2 / (2 * r_slack * mu + r_slack *
      ell_slack + s_slack * mu + 2 * INR t * mu + 2 * mu + ell_slack) ^ 2). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= C).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written (C). sign. }
  assert (multiplier_4 : 0 <= 1 / ((INR t + tau) ^ 2 * (INR t + tau + 1))).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written (8 * mu ^ 3 / ((2 * r_slack * mu + r_slack *
      ell_slack + s_slack * mu + 2 * INR t * mu + 4 * mu + ell_slack) * (2 * r_slack * mu + r_slack
      * ell_slack + s_slack * mu + 2 * INR t * mu + 2 * mu + ell_slack) ^ 2)). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (0 < INR t + tau + 1).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written ((1 / 2) * (2 * r_slack * mu + r_slack *
      ell_slack + s_slack * mu + 2 * INR t * mu + 4 * mu + ell_slack) / mu). sign. }
  assert (0 < INR t + tau).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written ((1 / 2) * (2 * r_slack * mu + r_slack *
      ell_slack + s_slack * mu + 2 * INR t * mu + 2 * mu + ell_slack) / mu). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((sigma2 * c ^ 2 / (INR t + tau) ^ 2 + (1 - c *
      mu / (INR t + tau)) * a t - a (S t)) + ((INR t + tau - c * mu) / (INR t + tau)) * (C / (INR t
      + tau) - (a t)) + (1 / (INR t + tau) ^ 2) * (C * (c * mu - 1) - (sigma2 * c ^ 2)) + (1 / ((INR
      t + tau) ^ 2 * (INR t + tau + 1))) * C) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro t. exact (every t).
Qed.

Print Assumptions decreasing_steps.
