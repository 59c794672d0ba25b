(* Mixing contracts what has mean zero over workers. *)
(* W is symmetric, doubly stochastic and independent of z, which has mean zero over workers; ρ = ‖E
    WᵀW − J‖, r >= √ρ; Z(n) is ‖z‖² in the first n directions (eigenvectors of E WᵀW but the mean),
    M(n) is E‖zW‖² there; z and zW name the next direction's share. *)
(* Reference: Boyd, Ghosh, Prabhakar, Shah (IEEE Trans. Inf. Theory 2006). *)

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

(* Mixing contracts what has mean zero over workers *)
Theorem mixing
  (r : R) (* r >= √ρ, how far one mixing contracts, ρ = ‖E WᵀW − J‖ *)
  (norm2_zW : nat -> R) (* ‖zW‖² *)
  (norm2_z : nat -> R) (* ‖z‖² *)
  (M : nat -> R) (*  *)
  (Z : nat -> R) (*  *)
  (* range: r >= √ρ, how far one mixing contracts, ρ = ‖E WᵀW − J‖ *)
  (r_sign : 0 <= r)
  (* range: ‖z‖² *)
  (Z_sign : forall n : nat, 0 <= Z n)
  (* assumed: no direction: Z(0) is an empty sum *)
  (H_no_direction : Z O = 0)
  (* assumed: no mixed direction: M(0) is an empty sum *)
  (H_no_mixed_direction : M O = 0)
  (* assumed: one more direction: eigenvectors are orthogonal *)
  (H_one_more_direction : forall n : nat, Z (S n) = (norm2_z n) + Z n)
  (* assumed: one more mixed direction: zᵀ E[WWᵀ] z is the sum over eigenvectors *)
  (H_one_more_mixed_direction : forall n : nat, M (S n) = (norm2_zW n) + M n)
  (* assumed: eigenvalue: E‖zW‖² = λ‖z‖² along an eigenvector, λ <= ρ <= r² *)
  (H_eigenvalue : forall n : nat, (norm2_zW n) <= (norm2_z n) * r ^ 2)
  : forall n : nat, M n <= r ^ 2 * Z n.
Proof.
  assert (every : forall n : nat, M n <= r ^ 2 * Z n).
  { intro n. induction n as [| n hypothesis].
  - (* base, n = 0 *) assert (goal : M O <= r ^ 2 * Z O).
  {
  pose proof (Z_sign O).
  assert (fact_1 : Z O - 0 = 0).
  { exact (same _ _ H_no_direction). }
  assert (part_1 := times_zero (r ^ 2) _ fact_1).
  assert (fact_2 : M O - 0 = 0).
  { exact (same _ _ H_no_mixed_direction). }
  assert (part_2 := times_zero (- 1) _ fact_2).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((r ^ 2) * (Z O - 0) + (- 1) * (M O - 0)) by
      identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, n to n + 1 *) assert (goal : M (S n) <= r ^ 2 * Z (S n)).
  {
  pose proof (pos_INR n) as index_sign.
  pose proof (Z_sign n).
  assert (fact_1 : Z (S n) - ((norm2_z n) + Z n) = 0).
  { exact (same _ _ (H_one_more_direction n)). }
  assert (part_1 := times_zero (r ^ 2) _ fact_1).
  assert (fact_2 : M (S n) - ((norm2_zW n) + M n) = 0).
  { exact (same _ _ (H_one_more_mixed_direction n)). }
  assert (part_2 := times_zero (- 1) _ fact_2).
  assert (fact_3 : 0 <= (norm2_z n) * r ^ 2 - (norm2_zW n)).
  { exact (room _ _ (H_eigenvalue n)). }
  assert (fact_4 : 0 <= r ^ 2 * Z n - (M n)).
  { exact (room _ _ hypothesis). }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((r ^ 2) * (Z (S n) - ((norm2_z n) + Z n)) + (-
      1) * (M (S n) - ((norm2_zW n) + M n)) + ((norm2_z n) * r ^ 2 - (norm2_zW n)) + (r ^ 2 * Z n -
      (M n))) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro n. exact (every n).
Qed.

(* The bound is attained: a share of the same size in every direction, λ = r². *)
Theorem mixing_attained
  (r : R) (* r >= √ρ, how far one mixing contracts, ρ = ‖E WᵀW − J‖ *)
  (norm2_z : R) (* ‖z‖² *)
  (norm2_z_sign : 0 <= norm2_z)
  (* r >= √ρ, how far one mixing contracts, ρ = ‖E WᵀW − J‖ *)
  (r_sign : 0 <= r)
  : exists norm2_zW : nat -> R, exists M : nat -> R, exists Z : nat -> R, 
    (* ‖z‖² *) (forall n : nat, 0 <= Z n) /\
    (* no direction: Z(0) is an empty sum *) (Z O = 0) /\
    (* no mixed direction: M(0) is an empty sum *) (M O = 0) /\
    (* one more direction: eigenvectors are orthogonal *) (forall n : nat, Z (S n) = norm2_z + Z n)
        /\
    (* one more mixed direction: zᵀ E[WWᵀ] z is the sum over eigenvectors *) (forall n : nat, M (S
        n) = (norm2_zW n) + M n) /\
    (* eigenvalue: E‖zW‖² = λ‖z‖² along an eigenvector, λ <= ρ <= r² *) (forall n : nat, (norm2_zW
        n) <= norm2_z * r ^ 2) /\
    (* attained *) (forall n : nat, M n = r ^ 2 * Z n).
Proof.
  exists (fun n : nat => norm2_z * r ^ 2).
  exists (fun n : nat => INR n * norm2_z * r ^ 2).
  exists (fun n : nat => INR n * norm2_z).
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. apply at_most. written ((INR n) * norm2_z). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
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
      ?tech_pow_Rmult, ?pow_O. apply at_most. written (0). sign. }
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. apply equal. match goal with |- ?here = 0 => replace here with 0 by
      identity end. reflexivity. }
Qed.

Print Assumptions mixing.

Print Assumptions mixing_attained.
