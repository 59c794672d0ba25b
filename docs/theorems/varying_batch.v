(* A batch whose size varies is worth less than one of its mean size. *)
(* N >= 1 takes any number of values; ι = E[1/N], n̄ = E[N]. *)
(* Reference: Jensen's inequality for 1/N. *)

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
(* f 0 + ... + f (n - 1) *)
Fixpoint total (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S k => total k f + f k end.

(* The inverse of a number lies above each of its tangents *)
Lemma inverse_tangent
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

(* A batch whose size varies is worth less than one of its mean size *)
Theorem varying_batch
  (n_bar : R) (* E[N], the samples expected *)
  (S_ : R) (* S *)
  (Pi : R) (* Π *)
  (iota : R) (* ι *)
  (inverse_tangent_number : nat) (* how many: the values of N, with the weights P(N = k) *)
  (k : nat -> nat) (* the samples k, one a term *)
  (* range: E[N], the samples expected *)
  (n_bar_sign : 0 < n_bar)
  (* assumed: mean: S is the sum of P(N = k) k *)
  (H_mean : S_ = n_bar)
  (* assumed: law: probabilities add up to 1 *)
  (H_law : Pi = 1)
  (* condition: the samples k, for the values of N, with the weights P(N = k) *)
  (H_k_sign : forall i : nat, 0 < INR (k i))
  (* what is bounded: ι is the sum of 1/k *)
  (H_iota_total : iota = total inverse_tangent_number (fun i => 1 / INR (k i)))
  (* what is bounded: S is the sum of k *)
  (H_S_total : S_ = total inverse_tangent_number (fun i => INR (k i)))
  (* what is bounded: Π is the sum of 1 *)
  (H_Pi_total : Pi = total inverse_tangent_number (fun i => 1))
  : 1 / n_bar <= iota.
Proof.
  {
  assert (fact_1 : S_ - n_bar = 0).
  { exact (same _ _ H_mean). }
  assert (part_1 := times_zero (- 1 / n_bar ^ 2) _ fact_1).
  assert (fact_2 : Pi - 1 = 0).
  { exact (same _ _ H_law). }
  assert (part_2 := times_zero (2 / n_bar) _ fact_2).
  assert (fact_3 : 0 <= S_ / n_bar ^ 2 + iota - (2 * Pi / n_bar)).
  { assert (added : forall m : nat, 0 <= (total m (fun i => INR (k i))) / n_bar ^ 2 + (total m (fun
      i => 1 / INR (k i))) - (2 * (total m (fun i => 1)) / n_bar)).
  { intro m. induction m as [| m before]; cbn [total].
  - apply from_zero. unfold Rdiv. ring.
  - assert (one : 0 <= (1 / INR (k m) - (2 / n_bar - INR (k m) / n_bar ^ 2))).
  { apply room.
  refine (inverse_tangent (k m) n_bar (H_k_sign m) _).
  { generalize n_bar_sign. cbn [INR]. lra. }
  }
  assert (sum := Rplus_le_le_0_compat _ _ before one).
  refine (Rle_trans _ _ _ sum (Req_le _ _ _)). unfold Rdiv. ring. }
  rewrite H_iota_total, H_S_total, H_Pi_total. exact (added inverse_tangent_number). }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- 1 / n_bar ^ 2) * (S_ - n_bar) + (2 / n_bar)
      * (Pi - 1) + (S_ / n_bar ^ 2 + iota - (2 * Pi / n_bar))) by identity end.
  parts.
  }
Qed.

Print Assumptions varying_batch.
