(* The pooled mean of workers with different data is biased. *)
(* n workers with gradients ∇f_i pool their samples; worker i has done the share s_i of them, a
    random number independent of the gradients, and should have done d_i; X = Σ s_i ∇f_i. M(n) =
    E⟨X, z⟩, T(n) = Σ d_i⟨∇f_i, z⟩, B(n) = Σ (E s_i − d_i)⟨∇f_i, z⟩; s̄ = E s, d, ∇F are those of
    the next worker. *)
(* Reference: He and Dube (2022). *)

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

(* The pooled mean of workers with different data is biased *)
Theorem pooled_bias
  (d : nat -> R) (* d *)
  (s_bar : nat -> R) (* s̄ *)
  (z_dot_gradF : nat -> R) (* ⟨z,∇F⟩ *)
  (B : nat -> R) (*  *)
  (M : nat -> R) (*  *)
  (T : nat -> R) (*  *)
  (* assumed: M(0) = 0: an empty sum *)
  (H_M_0_0 : M O = 0)
  (* assumed: T(0) = 0: an empty sum *)
  (H_T_0_0 : T O = 0)
  (* assumed: B(0) = 0: an empty sum *)
  (H_B_0_0 : B O = 0)
  (* assumed: M(n + 1): one more term of the sum *)
  (H_M_n_1 : forall n : nat, M (S n) = (s_bar n) * (z_dot_gradF n) + M n)
  (* assumed: T(n + 1): one more term of the sum *)
  (H_T_n_1 : forall n : nat, T (S n) = (d n) * (z_dot_gradF n) + T n)
  (* assumed: B(n + 1): one more term of the sum *)
  (H_B_n_1 : forall n : nat, B (S n) = (z_dot_gradF n) * ((s_bar n) - (d n)) + B n)
  : forall n : nat, M n = B n + T n.
Proof.
  assert (every : forall n : nat, M n = B n + T n).
  { intro n. induction n as [| n hypothesis].
  - (* base, n = 0 *) assert (goal : M O = B O + T O).
  {
  assert (fact_1 : M O - 0 = 0).
  { exact (same _ _ H_M_0_0). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  assert (fact_2 : T O - 0 = 0).
  { exact (same _ _ H_T_0_0). }
  assert (fact_3 : B O - 0 = 0).
  { exact (same _ _ H_B_0_0). }
  apply equal.
  match goal with |- ?here = 0 => replace here with ((- 1) * (M O - 0) + (T O - 0) + (B O - 0)) by
      identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, n to n + 1 *) assert (goal : M (S n) = B (S n) + T (S n)).
  {
  pose proof (pos_INR n) as index_sign.
  assert (fact_1 : M (S n) - ((s_bar n) * (z_dot_gradF n) + M n) = 0).
  { exact (same _ _ (H_M_n_1 n)). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  assert (fact_2 : T (S n) - ((d n) * (z_dot_gradF n) + T n) = 0).
  { exact (same _ _ (H_T_n_1 n)). }
  assert (fact_3 : B (S n) - ((z_dot_gradF n) * ((s_bar n) - (d n)) + B n) = 0).
  { exact (same _ _ (H_B_n_1 n)). }
  assert (fact_4 : B n + T n - (M n) = 0).
  { exact (difference _ _ hypothesis). }
  apply equal.
  match goal with |- ?here = 0 => replace here with ((- 1) * (M (S n) - ((s_bar n) * (z_dot_gradF n)
      + M n)) + (T (S n) - ((d n) * (z_dot_gradF n) + T n)) + (B (S n) - ((z_dot_gradF n) * ((s_bar
      n) - (d n)) + B n)) + (B n + T n - (M n))) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro n. exact (every n).
Qed.

Print Assumptions pooled_bias.
