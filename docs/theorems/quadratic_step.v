(* One step on the quadratic μ/2 ‖x‖², exactly. *)
(* F(x) = μ/2 ‖x‖², x⁺ = x − γ(μx + ξ), E ξ = 0, E‖ξ‖² = σ². Products of vectors stand for their
    expectations. *)
(* Reference: expanding the square. *)

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
Theorem quadratic_step
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

Print Assumptions quadratic_step.
