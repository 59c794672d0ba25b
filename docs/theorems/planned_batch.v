(* Dividing by the planned batch shrinks the step by E[N]/b. *)
(* N >= 1 samples are done at the deadline, N is independent of the gradients; a sample's gradient
    is ∇F + ξ with independent ξ, E ξ = 0, E‖ξ‖² <= σ². X is the sum of the gradients divided by b.
    Over the first n values of N, M(n) = Σ P_i ⟨N_i ∇F/b, z⟩ and T(n) = Σ P_i N_i: over all of them
    E⟨X, z⟩ and E[N]; P, k are those of the next value. *)
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

(* Dividing by the planned batch shrinks the step by E[N]/b *)
Theorem planned_batch
  (b : R) (* the planned batch b *)
  (z_dot_gradF : R) (* ⟨∇F, z⟩ *)
  (P : nat -> R) (* P *)
  (k : nat -> R) (* k *)
  (M : nat -> R) (*  *)
  (T : nat -> R) (*  *)
  (* range: E[N] *)
  (T_sign : forall n : nat, 0 <= T n)
  (* range: the planned batch b *)
  (b_sign : 0 < b)
  (* assumed: M(0) = 0: an empty sum *)
  (H_M_0_0 : M O = 0)
  (* assumed: T(0) = 0: an empty sum *)
  (H_T_0_0 : T O = 0)
  (* assumed: M(n + 1): one more term of the sum *)
  (H_M_n_1 : forall n : nat, M (S n) = (P n) * (k n) * z_dot_gradF / b + M n)
  (* assumed: T(n + 1): one more term of the sum *)
  (H_T_n_1 : forall n : nat, T (S n) = (P n) * (k n) + T n)
  : forall n : nat, M n = z_dot_gradF * T n / b.
Proof.
  assert (every : forall n : nat, M n = z_dot_gradF * T n / b).
  { intro n. induction n as [| n hypothesis].
  - (* base, n = 0 *) assert (goal : M O = z_dot_gradF * T O / b).
  {
  pose proof (T_sign O).
  assert (fact_1 : M O - 0 = 0).
  { exact (same _ _ H_M_0_0). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  assert (fact_2 : T O - 0 = 0).
  { exact (same _ _ H_T_0_0). }
  assert (part_2 := times_zero (z_dot_gradF / b) _ fact_2).
  apply equal.
  match goal with |- ?here = 0 => replace here with ((- 1) * (M O - 0) + (z_dot_gradF / b) * (T O -
      0)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, n to n + 1 *) assert (goal : M (S n) = z_dot_gradF * T (S n) / b).
  {
  pose proof (pos_INR n) as index_sign.
  pose proof (T_sign n).
  assert (fact_1 : M (S n) - ((P n) * (k n) * z_dot_gradF / b + M n) = 0).
  { exact (same _ _ (H_M_n_1 n)). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  assert (fact_2 : T (S n) - ((P n) * (k n) + T n) = 0).
  { exact (same _ _ (H_T_n_1 n)). }
  assert (part_2 := times_zero (z_dot_gradF / b) _ fact_2).
  assert (fact_3 : z_dot_gradF * T n / b - (M n) = 0).
  { exact (difference _ _ hypothesis). }
  apply equal.
  match goal with |- ?here = 0 => replace here with ((- 1) * (M (S n) - ((P n) * (k n) * z_dot_gradF
      / b + M n)) + (z_dot_gradF / b) * (T (S n) - ((P n) * (k n) + T n)) + (z_dot_gradF * T n / b -
      (M n))) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro n. exact (every n).
Qed.

Print Assumptions planned_batch.
