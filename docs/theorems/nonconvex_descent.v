(* One step decreases a smooth function, up to the variance of the draw. *)
(* F is L-smooth, its values measured from a lower bound; x⁺ = x − γ(∇F(x) + ξ), E ξ = 0, E‖ξ‖² <=
    σ². Products of vectors stand for their expectations given x. *)
(* Reference: Ghadimi and Lan (SIAM J. Optim. 2013). *)

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
Theorem nonconvex_descent
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

(* The bound is attained: F(x) = L/2 ‖x‖² with noise of variance σ². *)
Theorem nonconvex_descent_attained
  (L : R) (* the smoothness L *)
  (gamma : R) (* the step size γ *)
  (sigma2 : R) (* the variance σ² of the step *)
  (norm2_gradF : R) (* ‖∇F(x)‖² *)
  (* the smoothness L *)
  (L_sign : 0 < L)
  (* the step size γ *)
  (gamma_sign : 0 < gamma)
  (* the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* ‖∇F(x)‖² *)
  (norm2_gradF_sign : 0 <= norm2_gradF)
  : exists F : R, exists F_next : R, exists norm2_xi : R, exists xi_dot_gradF : R, 
    (* F(x) above its lower bound *) (0 <= F) /\
    (* smoothness: descent lemma, F is L-smooth *) (F_next + gamma * norm2_gradF + gamma *
        xi_dot_gradF <= F + L * (norm2_xi * gamma ^ 2 + norm2_gradF * gamma ^ 2 + 2 * xi_dot_gradF *
        gamma ^ 2) / 2) /\
    (* unbiased, against ∇F: ξ has mean zero and ∇F is fixed before the draw *) (xi_dot_gradF = 0)
        /\
    (* variance: the step's variance at this point is at most σ² *) (norm2_xi <= sigma2) /\
    (* attained *) (F_next = F + L * sigma2 * gamma ^ 2 / 2 - gamma * norm2_gradF * (1 - L * gamma /
        2)).
Proof.
  assert (F_sign : 0 <= (norm2_gradF / (2 * L))) by sign.
  exists (norm2_gradF / (2 * L)).
  exists ((sigma2 * L ^ 2 * gamma ^ 2 + norm2_gradF * (1 - L * gamma) ^ 2) / (2 * L)).
  exists (sigma2).
  exists (0).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      ((1 / 2) * norm2_gradF / L). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (0). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (0). sign. }
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions nonconvex_descent.

Print Assumptions nonconvex_descent_attained.
