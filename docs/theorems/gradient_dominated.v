(* One step contracts the excess value where the gradient dominates it. *)
(* F is L-smooth with least value F* and ‖∇F(x)‖² >= 2μ(F(x) − F* ); values are measured from F*; x⁺
    = x − γ(∇F(x) + ξ), E ξ = 0, E‖ξ‖² <= σ². *)
(* Reference: Karimi, Nutini, Schmidt (ECML-PKDD 2016). *)

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

(* One step contracts the excess value where the gradient dominates it *)
Theorem gradient_dominated
  (L : R) (* the smoothness L *)
  (mu : R) (* the strong convexity μ *)
  (gamma : R) (* the step size γ *)
  (sigma2 : R) (* the variance σ² of the step *)
  (F : R) (* F(x) above its lower bound *)
  (F_next : R) (* F⁺ *)
  (norm2_gradF : R) (* ‖∇F‖² *)
  (norm2_xi : R) (* ‖ξ‖² *)
  (xi_dot_gradF : R) (* ⟨ξ,∇F⟩ *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* range: F(x) above its lower bound *)
  (F_sign : 0 <= F)
  (* condition: L >= μ *)
  (in_range_L_mu : mu <= L)
  (* condition: γ <= 2/L *)
  (in_range_gamma_2_L : gamma <= 2 / L)
  (* squared norm: ‖∇F‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_gradF2_sign : 0 <= norm2_gradF)
  (* assumed: smoothness: descent lemma, F is L-smooth (of theorem nonconvex_descent, cited for
      'theorem nonconvex_descent') *)
  (H_smoothness : F_next + gamma * norm2_gradF + gamma * xi_dot_gradF <= F + L * (norm2_xi * gamma ^
      2 + norm2_gradF * gamma ^ 2 + 2 * xi_dot_gradF * gamma ^ 2) / 2)
  (* assumed: unbiased, against ∇F: ξ has mean zero and ∇F is fixed before the draw (of theorem
      nonconvex_descent, cited for 'theorem nonconvex_descent') *)
  (H_unbiased_against_gradF : xi_dot_gradF = 0)
  (* assumed: variance: the step's variance at this point is at most σ² (of theorem
      nonconvex_descent, cited for 'theorem nonconvex_descent') *)
  (H_variance : norm2_xi <= sigma2)
  (* assumed: gradient dominance: Polyak-Łojasiewicz inequality *)
  (H_gradient_dominance : 2 * F * mu <= norm2_gradF)
  : F_next <= F * (1 - gamma * mu * (2 - L * gamma)) + L * sigma2 * gamma ^ 2 / 2.
Proof.
  assert (exists ell_slack, 0 <= ell_slack /\ ell_slack = L - mu)
    as [ell_slack [ell_slack_sign ell_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 2 / gamma - L)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((L / gamma) * (2 / L - gamma)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_L : L = mu + ell_slack).
  { rewrite ?ell_slack_def. identity. }
  assert (chart_gamma : gamma = 2 / (s_slack + mu + ell_slack)).
  { rewrite ?ell_slack_def, ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= F + L * sigma2 * gamma ^ 2 / 2 - gamma * norm2_gradF * (1 - L * gamma / 2) -
      F_next).
  { apply room.
  refine ((nonconvex_descent L gamma sigma2 F norm2_gradF F_next norm2_xi xi_dot_gradF _ _ _ _ _
      H_smoothness H_unbiased_against_gradF H_variance)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize gamma_sign. cbn [INR]. lra. }
  { generalize sigma2_sign. cbn [INR]. lra. }
  { generalize F_sign. cbn [INR]. lra. }
  { pose proof H_gradF2_sign. rewrite ?chart_L, ?chart_gamma. written ((norm2_gradF)). sign. } }
  assert (fact_2 : 0 <= norm2_gradF - (2 * F * mu)).
  { exact (room _ _ H_gradient_dominance). }
  assert (multiplier_2 : 0 <= - gamma * (L * gamma - 2) / 2).
  { rewrite ?chart_L, ?chart_gamma. written (2 * s_slack / (s_slack + mu + ell_slack) ^ 2). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F + L * sigma2 * gamma ^ 2 / 2 - gamma *
      norm2_gradF * (1 - L * gamma / 2) - F_next) + (- gamma * (L * gamma - 2) / 2) * (norm2_gradF -
      (2 * F * mu))) by identity end.
  parts.
  }
Qed.

Print Assumptions gradient_dominated.
