(* One step on a smooth convex function. *)
(* F is convex and L-smooth with minimiser x* and values measured from F*; x⁺ = x − γ(∇F(x) + ξ), E
    ξ = 0, E‖ξ‖² <= σ²; e = x − x*. *)
(* Reference: Nemirovski, Juditsky, Lan, Shapiro (SIAM J. Optim. 2009). *)

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

(* One step on a smooth convex function *)
Theorem convex_step
  (L : R) (* the smoothness L *)
  (gamma : R) (* the step size γ *)
  (sigma2 : R) (* the variance σ² of the step *)
  (norm2_e : R) (* ‖x − x*‖² *)
  (F : R) (* F(x) − F* *)
  (norm2_xi : R) (* ‖ξ‖² *)
  (norm2_gradF : R) (* ‖∇F‖² *)
  (e_dot_xi : R) (* ⟨e,ξ⟩ *)
  (e_dot_gradF : R) (* ⟨e,∇F⟩ *)
  (xi_dot_gradF : R) (* ⟨ξ,∇F⟩ *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* range: ‖x − x*‖² *)
  (norm2_e_sign : 0 <= norm2_e)
  (* range: F(x) − F* *)
  (F_sign : 0 <= F)
  (* condition: γ <= 1/L *)
  (in_range_gamma_1_L : gamma <= 1 / L)
  (* assumed: convexity and smoothness: interpolation inequality of smooth strongly convex functions
      *)
  (H_convexity_and_smoothness : 2 * F * L + norm2_gradF <= 2 * L * e_dot_gradF)
  (* assumed: unbiased, against e: ξ has mean zero and e is fixed before the draw *)
  (H_unbiased_against_e : e_dot_xi = 0)
  (* assumed: unbiased, against ∇F: ξ has mean zero and ∇F is fixed before the draw *)
  (H_unbiased_against_gradF : xi_dot_gradF = 0)
  (* assumed: variance: the step's variance at this point is at most σ² *)
  (H_variance : norm2_xi <= sigma2)
  (* squared norm: a squared norm: ‖∇F‖² *)
  (H_square : 0 <= norm2_gradF)
  : norm2_xi * gamma ^ 2 + norm2_gradF * gamma ^ 2 + 2 * xi_dot_gradF * gamma ^ 2 + norm2_e - 2 *
      gamma * e_dot_xi - 2 * gamma * e_dot_gradF <= sigma2 * gamma ^ 2 + norm2_e - 2 * F * gamma.
Proof.
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / gamma - L)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((L / gamma) * (1 / L - gamma)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_gamma : gamma = 1 / (L + s_slack)).
  { rewrite ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= 2 * L * e_dot_gradF - (2 * F * L + norm2_gradF)).
  { exact (room _ _ H_convexity_and_smoothness). }
  assert (multiplier_1 : 0 <= gamma / L).
  { rewrite ?chart_gamma. written (1 / (L * (L + s_slack))). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : e_dot_xi - 0 = 0).
  { exact (same _ _ H_unbiased_against_e). }
  assert (part_2 := times_zero (2 * gamma) _ fact_2).
  assert (fact_3 : xi_dot_gradF - 0 = 0).
  { exact (same _ _ H_unbiased_against_gradF). }
  assert (part_3 := times_zero (- 2 * gamma ^ 2) _ fact_3).
  assert (fact_4 : 0 <= sigma2 - norm2_xi).
  { exact (room _ _ H_variance). }
  assert (multiplier_4 : 0 <= gamma ^ 2).
  { rewrite ?chart_gamma. written (1 / (L + s_slack) ^ 2). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (fact_5 : 0 <= norm2_gradF).
  { exact H_square. }
  assert (multiplier_5 : 0 <= - gamma * (L * gamma - 1) / L).
  { rewrite ?chart_gamma. written (s_slack / (L * (L + s_slack) ^ 2)). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((gamma / L) * (2 * L * e_dot_gradF - (2 * F *
      L + norm2_gradF)) + (2 * gamma) * (e_dot_xi - 0) + (- 2 * gamma ^ 2) * (xi_dot_gradF - 0) +
      (gamma ^ 2) * (sigma2 - norm2_xi) + (- gamma * (L * gamma - 1) / L) * norm2_gradF) by identity
      end.
  parts.
  }
Qed.

Print Assumptions convex_step.
