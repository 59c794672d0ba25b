(* The inverse of a number lies above each of its tangents. *)
(* A number k of samples, and any number n̄ > 0 where the tangent touches. *)
(* Reference: convexity of 1/x. *)

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

(* The inverse of a number lies above each of its tangents *)
Theorem inverse_tangent
  (k : nat) (* the samples k *)
  (n_bar : R) (* n̄, where the tangent is *)
  (* range: the samples k *)
  (k_sign : 0 < INR k)
  (* range: n̄, where the tangent is *)
  (n_bar_sign : 0 < n_bar)
  : 2 / n_bar - INR k / n_bar ^ 2 <= 1 / INR k.
Proof.
  pose proof (pos_INR k).
  {
  assert (fact_1 : 0 <= (INR k - n_bar) ^ 2).
  { apply pow2_ge_0. }
  assert (multiplier_1 : 0 <= 1 / (INR k * n_bar ^ 2)).
  { written (1 / ((INR k) * n_bar ^ 2)). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((1 / (INR k * n_bar ^ 2)) * ((INR k - n_bar) ^
      2)) by identity end.
  parts.
  }
Qed.

(* The bound is attained: n̄ = k. *)
Theorem inverse_tangent_attained
  (k : nat) (* the samples k *)
  (* the samples k *)
  (k_sign : 0 < INR k)
  : exists n_bar : R, 
    (* n̄, where the tangent is *) (0 < n_bar) /\
    (* attained *) (2 / n_bar - INR k / n_bar ^ 2 = 1 / INR k).
Proof.
  assert (n_bar_sign : 0 < (INR k)) by sign.
  pose proof (pos_INR k).
  exists (INR k).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply less. written
      ((INR k)). sign. }
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions inverse_tangent.

Print Assumptions inverse_tangent_attained.
