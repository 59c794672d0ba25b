(* One step where the variance grows slowly with the excess value. *)
(* F is L-smooth and μ-strongly convex with minimiser x*; x⁺ = x − γ(∇F(x) + ξ), E ξ = 0, E‖ξ‖² <=
    2Sφ + σ², φ = F(x) − F*, S <= L − μ; e = x − x*. Products of vectors stand for their
    expectations given x. *)
(* Reference: Gower et al. (ICML 2019); Taylor, Hendrickx, Glineur (2017), theorem 4. *)

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

(* One step where the variance grows slowly with the excess value *)
Theorem growing_step
  (L : R) (* the smoothness L *)
  (mu : R) (* the strong convexity μ *)
  (gamma : R) (* the step size γ *)
  (S_ : R) (* the growth S of the variance, E‖ξ‖² <= 2S(F(x) − F* ) + σ² *)
  (sigma2 : R) (* σ², what is left of the variance at x* *)
  (norm2_e : R) (* ‖x − x*‖² *)
  (phi : R) (* φ *)
  (norm2_xi : R) (* ‖ξ‖² *)
  (norm2_gradF : R) (* ‖∇F‖² *)
  (e_dot_xi : R) (* ⟨e,ξ⟩ *)
  (e_dot_gradF : R) (* ⟨e,∇F⟩ *)
  (xi_dot_gradF : R) (* ⟨ξ,∇F⟩ *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the growth S of the variance, E‖ξ‖² <= 2S(F(x) − F* ) + σ² *)
  (S_sign : 0 < S_)
  (* range: σ², what is left of the variance at x* *)
  (sigma2_sign : 0 <= sigma2)
  (* range: ‖x − x*‖² *)
  (norm2_e_sign : 0 <= norm2_e)
  (* condition: L >= μ *)
  (in_range_L_mu : mu <= L)
  (* condition: S <= L − μ *)
  (in_range_S_L_mu : S_ <= L - mu)
  (* condition: γ <= 2/(L + μ + S) *)
  (in_range_gamma_2_L_mu_S : gamma <= 2 / (L + S_ + mu))
  (* assumed: from x* to x: interpolation inequality of smooth strongly convex functions *)
  (H_from_x_star_to_x : L * mu * norm2_e + 2 * mu * phi + norm2_gradF <= 2 * L * phi + 2 * mu *
      e_dot_gradF)
  (* assumed: from x to x*: interpolation inequality of smooth strongly convex functions *)
  (H_from_x_to_x_star : L * mu * norm2_e + 2 * L * phi + norm2_gradF <= 2 * L * e_dot_gradF + 2 * mu
      * phi)
  (* assumed: unbiased, against e: ξ has mean zero and e is fixed before the draw *)
  (H_unbiased_against_e : e_dot_xi = 0)
  (* assumed: unbiased, against ∇F: ξ has mean zero and ∇F is fixed before the draw *)
  (H_unbiased_against_gradF : xi_dot_gradF = 0)
  (* assumed: growing variance: the step's variance at this point is at most 2Sφ + σ² *)
  (H_growing_variance : norm2_xi <= 2 * S_ * phi + sigma2)
  (* squared norm: a squared norm: ‖-e*μ + ∇F‖² *)
  (H_square : 0 <= norm2_e * mu ^ 2 + norm2_gradF - 2 * mu * e_dot_gradF)
  : norm2_xi * gamma ^ 2 + norm2_gradF * gamma ^ 2 + 2 * xi_dot_gradF * gamma ^ 2 + norm2_e - 2 *
      gamma * e_dot_xi - 2 * gamma * e_dot_gradF <= sigma2 * gamma ^ 2 + norm2_e * (S_ * mu * gamma
      ^ 2 + (1 - gamma * mu) ^ 2).
Proof.
  assert (exists ell_slack, 0 <= ell_slack /\ ell_slack = L - mu)
    as [ell_slack [ell_slack_sign ell_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists k_slack, 0 <= k_slack /\ k_slack = L - S_ - mu)
    as [k_slack [k_slack_sign k_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu - S_)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 2 / gamma - L - S_ - mu)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((L + S_ + mu) / gamma) * (2 / (L + S_ + mu) - gamma)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_L : L = S_ + k_slack + mu).
  { rewrite ?k_slack_def. identity. }
  assert (chart_gamma : gamma = 2 / (2 * S_ + k_slack + s_slack + 2 * mu)).
  { rewrite ?k_slack_def, ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= 2 * L * phi + 2 * mu * e_dot_gradF - (L * mu * norm2_e + 2 * mu * phi +
      norm2_gradF)).
  { exact (room _ _ H_from_x_star_to_x). }
  assert (multiplier_1 : 0 <= - gamma * (S_ * gamma + gamma * mu - 1) / (L - mu)).
  { rewrite ?chart_L, ?chart_gamma. written (2 * (k_slack + s_slack) / ((S_ + k_slack) * (2 * S_ +
      k_slack + s_slack + 2 * mu) ^ 2)). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : 0 <= 2 * L * e_dot_gradF + 2 * mu * phi - (L * mu * norm2_e + 2 * L * phi +
      norm2_gradF)).
  { exact (room _ _ H_from_x_to_x_star). }
  assert (multiplier_2 : 0 <= - gamma * (gamma * mu - 1) / (L - mu)).
  { rewrite ?chart_L, ?chart_gamma. written (2 * (2 * S_ + k_slack + s_slack) / ((S_ + k_slack) * (2
      * S_ + k_slack + s_slack + 2 * mu) ^ 2)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : e_dot_xi - 0 = 0).
  { exact (same _ _ H_unbiased_against_e). }
  assert (part_3 := times_zero (2 * gamma) _ fact_3).
  assert (fact_4 : xi_dot_gradF - 0 = 0).
  { exact (same _ _ H_unbiased_against_gradF). }
  assert (part_4 := times_zero (- 2 * gamma ^ 2) _ fact_4).
  assert (fact_5 : 0 <= 2 * S_ * phi + sigma2 - norm2_xi).
  { exact (room _ _ H_growing_variance). }
  assert (multiplier_5 : 0 <= gamma ^ 2).
  { rewrite ?chart_L, ?chart_gamma. written (4 / (2 * S_ + k_slack + s_slack + 2 * mu) ^ 2). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (fact_6 : 0 <= norm2_e * mu ^ 2 + norm2_gradF - 2 * mu * e_dot_gradF).
  { exact H_square. }
  assert (multiplier_6 : 0 <= - gamma * (L * gamma + S_ * gamma + gamma * mu - 2) / (L - mu)).
  { rewrite ?chart_L, ?chart_gamma. written (4 * s_slack / ((S_ + k_slack) * (2 * S_ + k_slack +
      s_slack + 2 * mu) ^ 2)). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  assert (0 < L - mu).
  { rewrite ?chart_L, ?chart_gamma. written ((S_ + k_slack)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- gamma * (S_ * gamma + gamma * mu - 1) / (L
      - mu)) * (2 * L * phi + 2 * mu * e_dot_gradF - (L * mu * norm2_e + 2 * mu * phi +
      norm2_gradF)) + (- gamma * (gamma * mu - 1) / (L - mu)) * (2 * L * e_dot_gradF + 2 * mu * phi
      - (L * mu * norm2_e + 2 * L * phi + norm2_gradF)) + (2 * gamma) * (e_dot_xi - 0) + (- 2 *
      gamma ^ 2) * (xi_dot_gradF - 0) + (gamma ^ 2) * (2 * S_ * phi + sigma2 - norm2_xi) + (- gamma
      * (L * gamma + S_ * gamma + gamma * mu - 2) / (L - mu)) * (norm2_e * mu ^ 2 + norm2_gradF - 2
      * mu * e_dot_gradF)) by identity end.
  parts.
  }
Qed.

(* The bound is attained: F(x) = μ/2 ‖x‖² with noise of variance μS‖x‖² + σ². *)
Theorem growing_step_attained
  (L : R) (* the smoothness L *)
  (mu : R) (* the strong convexity μ *)
  (gamma : R) (* the step size γ *)
  (S_ : R) (* the growth S of the variance, E‖ξ‖² <= 2S(F(x) − F* ) + σ² *)
  (sigma2 : R) (* σ², what is left of the variance at x* *)
  (norm2_e : R) (* ‖x − x*‖² *)
  (* the smoothness L *)
  (L_sign : 0 < L)
  (* the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* the step size γ *)
  (gamma_sign : 0 < gamma)
  (* the growth S of the variance, E‖ξ‖² <= 2S(F(x) − F* ) + σ² *)
  (S_sign : 0 < S_)
  (* σ², what is left of the variance at x* *)
  (sigma2_sign : 0 <= sigma2)
  (* ‖x − x*‖² *)
  (norm2_e_sign : 0 <= norm2_e)
  (* L >= μ *)
  (in_range_L_mu : mu <= L)
  (* S <= L − μ *)
  (in_range_S_L_mu : S_ <= L - mu)
  (* γ <= 2/(L + μ + S) *)
  (in_range_gamma_2_L_mu_S : gamma <= 2 / (L + S_ + mu))
  : exists phi : R, exists norm2_xi : R, exists norm2_gradF : R, exists e_dot_xi : R, exists
      e_dot_gradF : R, exists xi_dot_gradF : R,
    (* from x* to x: interpolation inequality of smooth strongly convex functions *) (L * mu *
        norm2_e + 2 * mu * phi + norm2_gradF <= 2 * L * phi + 2 * mu * e_dot_gradF) /\
    (* from x to x*: interpolation inequality of smooth strongly convex functions *) (L * mu *
        norm2_e + 2 * L * phi + norm2_gradF <= 2 * L * e_dot_gradF + 2 * mu * phi) /\
    (* unbiased, against e: ξ has mean zero and e is fixed before the draw *) (e_dot_xi = 0) /\
    (* unbiased, against ∇F: ξ has mean zero and ∇F is fixed before the draw *) (xi_dot_gradF = 0)
        /\
    (* growing variance: the step's variance at this point is at most 2Sφ + σ² *) (norm2_xi <= 2 *
        S_ * phi + sigma2) /\
    (* a squared norm: ‖-e*μ + ∇F‖² *) (0 <= norm2_e * mu ^ 2 + norm2_gradF - 2 * mu * e_dot_gradF)
        /\
    (* attained *) (norm2_xi * gamma ^ 2 + norm2_gradF * gamma ^ 2 + 2 * xi_dot_gradF * gamma ^ 2 +
        norm2_e - 2 * gamma * e_dot_xi - 2 * gamma * e_dot_gradF = sigma2 * gamma ^ 2 + norm2_e *
        (S_ * mu * gamma ^ 2 + (1 - gamma * mu) ^ 2)).
Proof.
  assert (exists ell_slack, 0 <= ell_slack /\ ell_slack = L - mu)
    as [ell_slack [ell_slack_sign ell_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists k_slack, 0 <= k_slack /\ k_slack = L - S_ - mu)
    as [k_slack [k_slack_sign k_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu - S_)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 2 / gamma - L - S_ - mu)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((L + S_ + mu) / gamma) * (2 / (L + S_ + mu) - gamma)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_L : L = S_ + k_slack + mu).
  { rewrite ?k_slack_def. identity. }
  assert (chart_gamma : gamma = 2 / (2 * S_ + k_slack + s_slack + 2 * mu)).
  { rewrite ?k_slack_def, ?s_slack_def. identity. }
  exists (mu * norm2_e / 2).
  exists (S_ * mu * norm2_e + sigma2).
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
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. rewrite
      ?chart_L, ?chart_gamma. written (0). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. rewrite
      ?chart_L, ?chart_gamma. written (0). sign. }
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions growing_step.

Print Assumptions growing_step_attained.
