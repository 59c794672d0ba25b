(* The noise of independent samples adds up. *)
(* ξ_1, ξ_2, ... are independent with mean 0 and E‖ξ_j‖² <= σ²; V(k) = E‖ξ_1 + ... + ξ_k‖². *)
(* Reference: independent draws. *)

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

(* The noise of independent samples adds up *)
Theorem batch_sum
  (sigma2 : R) (* the variance σ² of the step *)
  (norm2_Z : nat -> R) (* ‖Z‖² *)
  (norm2_xi : nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi : nat -> R) (* ⟨Z,ξ⟩ *)
  (V : nat -> R) (*  *)
  (* range: the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* assumed: empty sum: the sum of no noises is 0 *)
  (H_empty_sum : V O = 0)
  (* assumed: so far: Z is their sum so far *)
  (H_so_far : forall k : nat, V k = (norm2_Z k))
  (* assumed: one more: ξ is the next noise *)
  (H_one_more : forall k : nat, V (S k) = (norm2_Z k) + (norm2_xi k) + 2 * (Z_dot_xi k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw *)
  (H_unbiased_against_Z : forall k : nat, (Z_dot_xi k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² *)
  (H_variance : forall k : nat, (norm2_xi k) <= sigma2)
  : forall k : nat, V k <= INR k * sigma2.
Proof.
  assert (every : forall k : nat, V k <= INR k * sigma2).
  { intro k. induction k as [| k hypothesis].
  - (* base, k = 0 *) assert (goal : V O <= 0 * sigma2).
  {
  assert (fact_1 : V O - 0 = 0).
  { exact (same _ _ H_empty_sum). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- 1) * (V O - 0)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, k to k + 1 *) assert (goal : V (S k) <= (INR k + 1) * sigma2).
  {
  pose proof (pos_INR k) as index_sign.
  assert (fact_1 : V k - (norm2_Z k) = 0).
  { exact (same _ _ (H_so_far k)). }
  assert (fact_2 : V (S k) - ((norm2_Z k) + (norm2_xi k) + 2 * (Z_dot_xi k)) = 0).
  { exact (same _ _ (H_one_more k)). }
  assert (part_2 := times_zero (- 1) _ fact_2).
  assert (fact_3 : (Z_dot_xi k) - 0 = 0).
  { exact (same _ _ (H_unbiased_against_Z k)). }
  assert (part_3 := times_zero (- 2) _ fact_3).
  assert (fact_4 : 0 <= sigma2 - (norm2_xi k)).
  { exact (room _ _ (H_variance k)). }
  assert (fact_5 : 0 <= INR k * sigma2 - (V k)).
  { exact (room _ _ hypothesis). }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((V k - (norm2_Z k)) + (- 1) * (V (S k) -
      ((norm2_Z k) + (norm2_xi k) + 2 * (Z_dot_xi k))) + (- 2) * ((Z_dot_xi k) - 0) + (sigma2 -
      (norm2_xi k)) + (INR k * sigma2 - (V k))) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro k. exact (every k).
Qed.

(* The bound is attained: noise of variance σ² exactly. *)
Theorem batch_sum_attained
  (sigma2 : R) (* the variance σ² of the step *)
  (* the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  : exists norm2_Z : nat -> R, exists norm2_xi : nat -> R, exists Z_dot_xi : nat -> R, exists V :
      nat -> R,
    (* empty sum: the sum of no noises is 0 *) (V O = 0) /\
    (* so far: Z is their sum so far *) (forall n : nat, V n = (norm2_Z n)) /\
    (* one more: ξ is the next noise *) (forall n : nat, V (S n) = (norm2_Z n) + (norm2_xi n) + 2 *
        (Z_dot_xi n)) /\
    (* unbiased, against Z: ξ has mean zero and Z is fixed before the draw *) (forall n : nat,
        (Z_dot_xi n) = 0) /\
    (* variance: the variance of one sample is at most σ² *) (forall n : nat, (norm2_xi n) <=
        sigma2) /\
    (* attained *) (forall n : nat, V n = INR n * sigma2).
Proof.
  exists (fun n : nat => INR n * sigma2).
  exists (fun n : nat => sigma2).
  exists (fun n : nat => 0).
  exists (fun n : nat => INR n * sigma2).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. apply equal. match goal with |- ?here = 0 => replace here with 0 by
      identity end. reflexivity. }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. apply equal. match goal with |- ?here = 0 => replace here with 0 by
      identity end. reflexivity. }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. apply equal. match goal with |- ?here = 0 => replace here with 0 by
      identity end. reflexivity. }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. apply at_most. written (0). sign. }
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. apply equal. match goal with |- ?here = 0 => replace here with 0 by
      identity end. reflexivity. }
Qed.

Print Assumptions batch_sum.

Print Assumptions batch_sum_attained.
