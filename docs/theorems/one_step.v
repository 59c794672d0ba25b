(* One step contracts the distance, up to the variance of the draw. *)
(* F is L-smooth and μ-strongly convex with minimiser x*; x⁺ = x − γ(∇F(x) + ξ), E ξ = 0, E‖ξ‖² <=
    σ²; e = x − x*. Products of vectors stand for their expectations given x. *)
(* Reference: Taylor, Hendrickx, Glineur (J. Optim. Theory Appl. 2018); Bach (2024), chapter 5. *)

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
Theorem one_step
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

(* The bound is attained: F(x) = μ/2 ‖x‖² with noise of variance σ². *)
Theorem one_step_attained
  (L : R) (* the smoothness L *)
  (mu : R) (* the strong convexity μ *)
  (gamma : R) (* the step size γ *)
  (sigma2 : R) (* the variance σ² of the step *)
  (norm2_e : R) (* ‖x − x*‖² *)
  (* the smoothness L *)
  (L_sign : 0 < L)
  (* the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* the step size γ *)
  (gamma_sign : 0 < gamma)
  (* the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* ‖x − x*‖² *)
  (norm2_e_sign : 0 <= norm2_e)
  (* L >= μ *)
  (in_range_L_mu : mu <= L)
  (* γ <= 2/(L + μ) *)
  (in_range_gamma_2_L_mu : gamma <= 2 / (L + mu))
  : exists DeltaF : R, exists norm2_xi : R, exists norm2_gradF : R, exists e_dot_xi : R, exists
      e_dot_gradF : R, exists xi_dot_gradF : R,
    (* cocoercivity: theorem 'cocoercivity' *) (L * mu * norm2_e + norm2_gradF <= e_dot_gradF * (L +
        mu)) /\
    (* growth from x*: F is μ-strongly convex *) (mu * norm2_e / 2 <= DeltaF) /\
    (* growth from x: F is μ-strongly convex *) (DeltaF + mu * norm2_e / 2 <= e_dot_gradF) /\
    (* unbiased, against e: ξ has mean zero and e is fixed before the draw *) (e_dot_xi = 0) /\
    (* unbiased, against ∇F: ξ has mean zero and ∇F is fixed before the draw *) (xi_dot_gradF = 0)
        /\
    (* variance: the step's variance at this point is at most σ² *) (norm2_xi <= sigma2) /\
    (* attained *) (norm2_xi * gamma ^ 2 + norm2_gradF * gamma ^ 2 + 2 * xi_dot_gradF * gamma ^ 2 +
        norm2_e - 2 * gamma * e_dot_xi - 2 * gamma * e_dot_gradF = sigma2 * gamma ^ 2 + norm2_e * (1
        - gamma * mu) ^ 2).
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
  exists (mu * norm2_e / 2).
  exists (sigma2).
  exists (norm2_e * mu ^ 2).
  exists (0).
  exists (mu * norm2_e).
  exists (0).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. rewrite
      ?chart_L, ?chart_gamma. written (0). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. rewrite
      ?chart_L, ?chart_gamma. written (0). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. rewrite
      ?chart_L, ?chart_gamma. written (0). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. rewrite
      ?chart_L, ?chart_gamma. written (0). sign. }
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions one_step.

Print Assumptions one_step_attained.
