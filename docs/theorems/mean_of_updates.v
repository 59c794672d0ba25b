(* The second moment of a mean of bounded updates. *)
(* m is the mean of y_1, ..., y_n (0 if n = 0), y the next one; A(n) = E‖m‖². *)
(* Reference: Cauchy-Schwarz. *)

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

(* The second moment of a mean of bounded updates *)
Theorem mean_of_updates
  (G2 : R) (* G², a bound on E‖y_j‖² *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> R) (* ⟨m,y⟩ *)
  (A : nat -> R) (*  *)
  (* range: G², a bound on E‖y_j‖² *)
  (G2_sign : 0 <= G2)
  (* assumed: no update: the mean of none, 0, is at most G² *)
  (H_no_update : A O <= G2)
  (* assumed: so far: m is the mean so far *)
  (H_so_far : forall n : nat, A n = (norm2_m n))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) *)
  (H_one_more : forall n : nat, A (S n) = (norm2_m n) * (INR n) ^ 2 / (INR n + 1) ^ 2 + 2 * INR n *
      (m_dot_y n) / (INR n + 1) ^ 2 + (norm2_y n) / (INR n + 1) ^ 2)
  (* assumed: bounded: E‖y_j‖² <= G² *)
  (H_bounded : forall n : nat, (norm2_y n) <= G2)
  (* squared norm: a squared norm: ‖m - y‖² *)
  (H_square : forall n : nat, 0 <= (norm2_m n) + (norm2_y n) - 2 * (m_dot_y n))
  : forall n : nat, A n <= G2.
Proof.
  assert (every : forall n : nat, A n <= G2).
  { intro n. induction n as [| n hypothesis].
  - (* base, n = 0 *) assert (goal : A O <= G2).
  {
  assert (fact_1 : 0 <= G2 - (A O)).
  { exact (room _ _ H_no_update). }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((G2 - (A O))) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, n to n + 1 *) assert (goal : A (S n) <= G2).
  {
  pose proof (pos_INR n) as index_sign.
  assert (fact_1 : A n - (norm2_m n) = 0).
  { exact (same _ _ (H_so_far n)). }
  assert (part_1 := times_zero (INR n / (INR n + 1)) _ fact_1).
  assert (fact_2 : A (S n) - ((norm2_m n) * (INR n) ^ 2 / (INR n + 1) ^ 2 + 2 * INR n * (m_dot_y n)
      / (INR n + 1) ^ 2 + (norm2_y n) / (INR n + 1) ^ 2) = 0).
  { exact (same _ _ (H_one_more n)). }
  assert (part_2 := times_zero (- 1) _ fact_2).
  assert (fact_3 : 0 <= G2 - (norm2_y n)).
  { exact (room _ _ (H_bounded n)). }
  assert (multiplier_3 : 0 <= 1 / (INR n + 1)).
  { written (1 / (INR n + 1)). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= G2 - (A n)).
  { exact (room _ _ hypothesis). }
  assert (multiplier_4 : 0 <= INR n / (INR n + 1)).
  { written ((INR n) / (INR n + 1)). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (fact_5 : 0 <= (norm2_m n) + (norm2_y n) - 2 * (m_dot_y n)).
  { exact (H_square n). }
  assert (multiplier_5 : 0 <= INR n / (INR n + 1) ^ 2).
  { written ((INR n) / (INR n + 1) ^ 2). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (0 < INR n + 1).
  { written ((INR n + 1)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((INR n / (INR n + 1)) * (A n - (norm2_m n)) +
      (- 1) * (A (S n) - ((norm2_m n) * (INR n) ^ 2 / (INR n + 1) ^ 2 + 2 * INR n * (m_dot_y n) /
      (INR n + 1) ^ 2 + (norm2_y n) / (INR n + 1) ^ 2)) + (1 / (INR n + 1)) * (G2 - (norm2_y n)) +
      (INR n / (INR n + 1)) * (G2 - (A n)) + (INR n / (INR n + 1) ^ 2) * ((norm2_m n) + (norm2_y n)
      - 2 * (m_dot_y n))) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro n. exact (every n).
Qed.

(* The bound is attained: equal updates. *)
Theorem mean_of_updates_attained
  (G2 : R) (* G², a bound on E‖y_j‖² *)
  (* G², a bound on E‖y_j‖² *)
  (G2_sign : 0 <= G2)
  : exists norm2_m : nat -> R, exists norm2_y : nat -> R, exists m_dot_y : nat -> R, exists A : nat
      -> R,
    (* no update: the mean of none, 0, is at most G² *) (A O <= G2) /\
    (* so far: m is the mean so far *) (forall n : nat, A n = (norm2_m n)) /\
    (* one more: the next mean is (n m + y)/(n + 1) *) (forall n : nat, A (S n) = (norm2_m n) * (INR
        n) ^ 2 / (INR n + 1) ^ 2 + 2 * INR n * (m_dot_y n) / (INR n + 1) ^ 2 + (norm2_y n) / (INR n
        + 1) ^ 2) /\
    (* bounded: E‖y_j‖² <= G² *) (forall n : nat, (norm2_y n) <= G2) /\
    (* a squared norm: ‖m - y‖² *) (forall n : nat, 0 <= (norm2_m n) + (norm2_y n) - 2 * (m_dot_y
        n)) /\
    (* attained *) (forall n : nat, A n = G2).
Proof.
  exists (fun n : nat => G2).
  exists (fun n : nat => G2).
  exists (fun n : nat => G2).
  exists (fun n : nat => G2).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (0). sign. }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. apply equal. match goal with |- ?here = 0 => replace here with 0 by
      identity end. reflexivity. }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. assert (0 < INR n + 1). { written ((INR n + 1)). sign. } apply equal.
      match goal with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. apply at_most. written (0). sign. }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. apply at_most. written (0). sign. }
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. apply equal. match goal with |- ?here = 0 => replace here with 0 by
      identity end. reflexivity. }
Qed.

Print Assumptions mean_of_updates.

Print Assumptions mean_of_updates_attained.
