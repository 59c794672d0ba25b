(* Uniform probabilities cost 1 + χ times the optimum without caps. *)
(* N clients with scores a of mean ā and squared coefficient of variation χ; at most m draws
    expected in a round; products are means over clients. U is the cost of uniform probabilities, O
    = (Σ a)²/m the least one. *)
(* Reference: Chen, Horváth, Richtárik (TMLR 2022). *)

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

(* Uniform probabilities cost 1 + χ times the optimum without caps *)
Theorem uniform_cost
  (O_ : R) (* O = (Σ a)²/m *)
  (chi : R) (* χ, the squared coefficient of variation of the scores *)
  (N : R) (* the clients N *)
  (a_bar : R) (* the mean score ā *)
  (m : R) (* the budget m *)
  (U : R) (* U *)
  (norm2_n1 : R) (* ‖1‖² *)
  (norm2_a : R) (* ‖a‖² *)
  (n1_dot_a : R) (* ⟨1,a⟩ *)
  (* range: O = (Σ a)²/m *)
  (O_sign : 0 <= O_)
  (* range: χ, the squared coefficient of variation of the scores *)
  (chi_sign : 0 <= chi)
  (* range: the clients N *)
  (N_sign : 0 < N)
  (* range: the mean score ā *)
  (a_bar_sign : 0 < a_bar)
  (* range: the budget m *)
  (m_sign : 0 < m)
  (* assumed: mean: ā is the mean of the scores *)
  (H_mean : a_bar = n1_dot_a)
  (* assumed: one: the mean of 1² is 1 *)
  (H_one : norm2_n1 = 1)
  (* assumed: variation: χ is the mean of (a/ā − 1)² *)
  (H_variation : chi + 2 * n1_dot_a / a_bar = norm2_n1 + norm2_a / a_bar ^ 2)
  (* assumed: uniform: U = Σ a²/(m/N), and Σ a² is N times the mean of a² *)
  (H_uniform : U = norm2_a * N ^ 2 / m)
  (* assumed: optimum: O = (Σ a)²/m, and Σ a = Nā *)
  (H_optimum : O_ = N ^ 2 * a_bar ^ 2 / m)
  : U = O_ * (chi + 1).
Proof.
  {
  assert (fact_1 : a_bar - n1_dot_a = 0).
  { exact (same _ _ H_mean). }
  assert (part_1 := times_zero (2 * a_bar * N ^ 2 / m) _ fact_1).
  assert (fact_2 : norm2_n1 - 1 = 0).
  { exact (same _ _ H_one). }
  assert (part_2 := times_zero (N ^ 2 * a_bar ^ 2 / m) _ fact_2).
  assert (fact_3 : chi + 2 * n1_dot_a / a_bar - (norm2_n1 + norm2_a / a_bar ^ 2) = 0).
  { exact (same _ _ H_variation). }
  assert (part_3 := times_zero (N ^ 2 * a_bar ^ 2 / m) _ fact_3).
  assert (fact_4 : U - (norm2_a * N ^ 2 / m) = 0).
  { exact (same _ _ H_uniform). }
  assert (part_4 := times_zero (- 1) _ fact_4).
  assert (fact_5 : O_ - (N ^ 2 * a_bar ^ 2 / m) = 0).
  { exact (same _ _ H_optimum). }
  assert (part_5 := times_zero (chi + 1) _ fact_5).
  apply equal.
  match goal with |- ?here = 0 => replace here with ((2 * a_bar * N ^ 2 / m) * (a_bar - n1_dot_a) +
      (N ^ 2 * a_bar ^ 2 / m) * (norm2_n1 - 1) + (N ^ 2 * a_bar ^ 2 / m) * (chi + 2 * n1_dot_a /
      a_bar - (norm2_n1 + norm2_a / a_bar ^ 2)) + (- 1) * (U - (norm2_a * N ^ 2 / m)) + (chi + 1) *
      (O_ - (N ^ 2 * a_bar ^ 2 / m))) by identity end.
  parts.
  }
Qed.

Print Assumptions uniform_cost.
