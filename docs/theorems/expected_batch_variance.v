(* Dividing by the expected batch: noise of the samples and noise of their number. *)
(* N >= 1 samples are done at the deadline, N is independent of the gradients; a sample's gradient
    is ∇F + ξ with independent ξ, E ξ = 0, E‖ξ‖² <= σ². X is the sum of the gradients divided by n̄
    = E[N]; Varₙ = Var N, D = (N − n̄)∇F, Z the sum of the noises. *)
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
(* f 0 + ... + f (n - 1) *)
Fixpoint total (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S k => total k f + f k end.

(* The noise of independent samples adds up *)
Lemma batch_sum
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

(* Dividing by the expected batch: noise of the samples and noise of their number *)
Theorem expected_batch_variance
  (sigma2 : R) (* the variance σ² of the step *)
  (n_bar : R) (* E[N], the samples expected *)
  (Var_n : R) (* Var N *)
  (norm2_gradF : R) (* ‖∇F‖² *)
  (norm2_D : R) (* ‖D‖² *)
  (norm2_Z : R) (* ‖Z‖² *)
  (D_dot_Z : R) (* ⟨D,Z⟩ *)
  (batch_sum_number : nat) (* how many: the values of N, with the weights P(N = k) *)
  (weight : nat -> R) (* the weights: the values of N, with the weights P(N = k) *)
  (norm2_Z_ : nat -> R) (* ‖Z‖², one a term *)
  (norm2_xi : nat -> R) (* ‖ξ‖², one a term *)
  (Z_dot_xi : nat -> R) (* ⟨Z,ξ⟩, one a term *)
  (V : nat -> R) (* , one a term *)
  (* range: the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* range: E[N], the samples expected *)
  (n_bar_sign : 0 < n_bar)
  (* range: Var N *)
  (Var_n_sign : 0 <= Var_n)
  (* range: ‖∇F‖² *)
  (norm2_gradF_sign : 0 <= norm2_gradF)
  (* assumed: variance of the number: D = (N − n̄)∇F, and ∇F is fixed *)
  (H_variance_of_the_number : norm2_D = Var_n * norm2_gradF)
  (* assumed: unbiased, against D: Z has mean zero and D is fixed before the draw *)
  (H_unbiased_against_D : D_dot_Z = 0)
  (* assumed: weights are not negative: the values of N, with the weights P(N = k) *)
  (H_weights : forall i : nat, 0 <= weight i)
  (* assumed: empty sum: the sum of no noises is 0, for the values of N, with the weights P(N = k)
      *)
  (H_empty_sum : V O = 0)
  (* assumed: so far: Z is their sum so far, for the values of N, with the weights P(N = k) *)
  (H_so_far : forall k : nat, V k = (norm2_Z_ k))
  (* assumed: one more: ξ is the next noise, for the values of N, with the weights P(N = k) *)
  (H_one_more : forall k : nat, V (S k) = (norm2_Z_ k) + (norm2_xi k) + 2 * (Z_dot_xi k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw, for the values of
      N, with the weights P(N = k) *)
  (H_unbiased_against_Z : forall k : nat, (Z_dot_xi k) = 0)
  (* assumed: variance: the variance of one sample is at most σ², for the values of N, with the
      weights P(N = k) *)
  (H_variance : forall k : nat, (norm2_xi k) <= sigma2)
  (* what is bounded: n̄ is the sum of k *)
  (H_n_bar_total : n_bar = total batch_sum_number (fun i => weight i * (INR i)))
  (* what is bounded: ‖Z‖² is the sum of V(k) *)
  (H_Z2_total : norm2_Z = total batch_sum_number (fun i => weight i * (V i)))
  : norm2_D / n_bar ^ 2 + norm2_Z / n_bar ^ 2 + 2 * D_dot_Z / n_bar ^ 2 <= Var_n * norm2_gradF /
      n_bar ^ 2 + sigma2 / n_bar.
Proof.
  {
  assert (fact_1 : norm2_D - (Var_n * norm2_gradF) = 0).
  { exact (same _ _ H_variance_of_the_number). }
  assert (part_1 := times_zero (- 1 / n_bar ^ 2) _ fact_1).
  assert (fact_2 : D_dot_Z - 0 = 0).
  { exact (same _ _ H_unbiased_against_D). }
  assert (part_2 := times_zero (- 2 / n_bar ^ 2) _ fact_2).
  assert (fact_3 : 0 <= n_bar * sigma2 - norm2_Z).
  { assert (added : forall m : nat, 0 <= (total m (fun i => weight i * (INR i))) * sigma2 - (total m
      (fun i => weight i * (V i)))).
  { intro m. induction m as [| m before]; cbn [total].
  - apply from_zero. unfold Rdiv. ring.
  - assert (one : 0 <= weight m * (INR m * sigma2 - (V m))).
  { apply Rmult_le_pos; [ exact (H_weights m) | ]. apply room.
  refine (batch_sum sigma2 norm2_Z_ norm2_xi Z_dot_xi V _ H_empty_sum H_so_far H_one_more
      H_unbiased_against_Z H_variance m).
  { generalize sigma2_sign. cbn [INR]. lra. }
  }
  assert (sum := Rplus_le_le_0_compat _ _ before one).
  refine (Rle_trans _ _ _ sum (Req_le _ _ _)). unfold Rdiv. ring. }
  rewrite H_n_bar_total, H_Z2_total. exact (added batch_sum_number). }
  assert (multiplier_3 : 0 <= 1 / n_bar ^ 2).
  { written (1 / n_bar ^ 2). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- 1 / n_bar ^ 2) * (norm2_D - (Var_n *
      norm2_gradF)) + (- 2 / n_bar ^ 2) * (D_dot_Z - 0) + (1 / n_bar ^ 2) * (n_bar * sigma2 -
      norm2_Z)) by identity end.
  parts.
  }
Qed.

Print Assumptions expected_batch_variance.
