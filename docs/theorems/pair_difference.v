(* Two scaled updates compared, weighted by how seldom both are drawn. *)
(* Two clients are drawn with probabilities p and q, both with probability π; their weighted updates
    are u and w; y = (pq − π)‖u/p − w/q‖². *)
(* Reference: Yates and Grundy (1953). *)

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

(* Two scaled updates compared, weighted by how seldom both are drawn *)
Theorem pair_difference
  (p : R) (* the probability p *)
  (q : R) (* the probability q *)
  (pi : R) (* π, the probability that both are drawn *)
  (u_dot_w : R) (* ⟨u, w⟩ *)
  (norm2_u : R) (* ‖u‖² *)
  (norm2_w : R) (* ‖w‖² *)
  (y : R) (* y *)
  (* range: the probability p *)
  (p_sign : 0 < p)
  (* range: the probability q *)
  (q_sign : 0 < q)
  (* range: π, the probability that both are drawn *)
  (pi_sign : 0 <= pi)
  (* range: ‖u‖² *)
  (norm2_u_sign : 0 <= norm2_u)
  (* range: ‖w‖² *)
  (norm2_w_sign : 0 <= norm2_w)
  (* assumed: the comparison: definition of y *)
  (H_the_comparison : y = (p * q - pi) * (norm2_w / q ^ 2 + norm2_u / p ^ 2 - 2 * u_dot_w / (p *
      q)))
  : y = p * norm2_w / q + q * norm2_u / p + 2 * pi * u_dot_w / (p * q) - 2 * u_dot_w - pi * norm2_w
      / q ^ 2 - pi * norm2_u / p ^ 2.
Proof.
  {
  assert (fact_1 : y - ((p * q - pi) * (norm2_w / q ^ 2 + norm2_u / p ^ 2 - 2 * u_dot_w / (p * q)))
      = 0).
  { exact (same _ _ H_the_comparison). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  apply equal.
  match goal with |- ?here = 0 => replace here with ((- 1) * (y - ((p * q - pi) * (norm2_w / q ^ 2 +
      norm2_u / p ^ 2 - 2 * u_dot_w / (p * q))))) by identity end.
  parts.
  }
Qed.

Print Assumptions pair_difference.
