(* Sampling bounded updates costs at most their size times Var H. *)
(* n processors draw independently, processor j with probability p_j, and bring updates U_j with
    E‖U_j‖² <= x, independent of who draws: the probabilities are fixed before the updates; weights
    α_j; Δ = Σ α_j U_j/p_j [j drew], U = Σ α_j U_j; V(n) = E‖Δ − U‖², W(n) = Var H = Σ α_j²(1/p_j −
    1); o = 1/p − 1, α, U, X are those of the next processor. *)
(* Reference: Li et al. (ICLR 2020), lemma 5; theorem additive_variance. *)

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

(* The variance of the Horvitz-Thompson step *)
Lemma variance
  (p : R) (* the probability p *)
  (norm2_u : R) (* ‖u‖² *)
  (* range: the probability p *)
  (p_sign : 0 < p)
  (* range: ‖u‖² *)
  (norm2_u_sign : 0 <= norm2_u)
  (* condition: p <= 1 *)
  (in_range_p_1 : p <= 1)
  : norm2_u / p - norm2_u = norm2_u * (1 / p - 1).
Proof.
  assert (exists r_slack, 0 <= r_slack /\ r_slack = 1 - p)
    as [r_slack [r_slack_sign r_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (1 - p)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_p : p = 1 - r_slack).
  { rewrite ?r_slack_def. identity. }
  {
  apply equal.
  match goal with |- ?here = 0 => replace here with (0) by identity end.
  reflexivity.
  }
Qed.

(* Sampling bounded updates costs at most their size times Var H *)
Theorem sampled_average
  (x : R) (* x, a bound on E‖U_j‖² *)
  (o : nat -> R) (* o = 1/p − 1 of the next processor *)
  (alpha : nat -> R) (* α *)
  (norm2_U : nat -> R) (* ‖U‖² *)
  (norm2_X_u : nat -> R) (* ‖X − u‖² *)
  (norm2_Delta_U : nat -> R) (* ‖Δ − U‖² *)
  (X_u_dot_Delta_U : nat -> R) (* ⟨X − u,Δ − U⟩ *)
  (V : nat -> R) (*  *)
  (W : nat -> R) (*  *)
  (* range: Var H *)
  (W_sign : forall n : nat, 0 <= W n)
  (* range: x, a bound on E‖U_j‖² *)
  (x_sign : 0 <= x)
  (* range: o = 1/p − 1 of the next processor *)
  (o_sign : forall n : nat, 0 <= (o n))
  (* assumed: V(0) = 0: an empty sum *)
  (H_V_0_0 : V O = 0)
  (* assumed: W(0) = 0: an empty sum *)
  (H_W_0_0 : W O = 0)
  (* assumed: error so far: V(n) is E‖Δ − U‖² *)
  (H_error_so_far : forall n : nat, V n = (norm2_Delta_U n))
  (* assumed: error of one more: both are sums *)
  (H_error_of_one_more : forall n : nat, V (S n) = (norm2_X_u n) + (norm2_Delta_U n) + 2 *
      (X_u_dot_Delta_U n))
  (* assumed: unbiased, against Δ − U: X − u has mean zero and Δ − U is fixed before the draw *)
  (H_unbiased_against_Delta_U : forall n : nat, (X_u_dot_Delta_U n) = 0)
  (* squared norm: α is not negative, being a squared norm, a mean of them or an excess *)
  (H_alpha_sign : forall n : nat, 0 <= (alpha n))
  (* squared norm: ‖U‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_U2_sign : forall n : nat, 0 <= (norm2_U n))
  (* what is bounded: 'variance': what theorem variance bounds, E‖X − u‖² *)
  (H_variance_link : forall n : nat, (norm2_X_u n) = ((norm2_U n) * (alpha n) ^ 2) / (1 / ((o n) +
      1)) - ((norm2_U n) * (alpha n) ^ 2))
  (* assumed: bounded: E‖U_j‖² <= x *)
  (H_bounded : forall n : nat, (norm2_U n) <= x)
  (* assumed: W(n + 1): one more term of the sum *)
  (H_W_n_1 : forall n : nat, W (S n) = (o n) * (alpha n) ^ 2 + W n)
  : forall n : nat, V n <= x * W n.
Proof.
  assert (every : forall n : nat, V n <= x * W n).
  { intro n. induction n as [| n hypothesis].
  - (* base, n = 0 *) assert (goal : V O <= x * W O).
  {
  pose proof (W_sign O).
  pose proof (o_sign O).
  cbn [INR] in *.
  assert (fact_1 : V O - 0 = 0).
  { exact (same _ _ H_V_0_0). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  assert (fact_2 : W O - 0 = 0).
  { exact (same _ _ H_W_0_0). }
  assert (part_2 := times_zero (x) _ fact_2).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- 1) * (V O - 0) + x * (W O - 0)) by identity
      end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, n to n + 1 *) assert (goal : V (S n) <= x * W (S n)).
  {
  pose proof (pos_INR n) as index_sign.
  pose proof (W_sign n).
  pose proof (o_sign n).
  cbn [INR] in *.
  assert (fact_1 : V n - (norm2_Delta_U n) = 0).
  { exact (same _ _ (H_error_so_far n)). }
  assert (fact_2 : V (S n) - ((norm2_X_u n) + (norm2_Delta_U n) + 2 * (X_u_dot_Delta_U n)) = 0).
  { exact (same _ _ (H_error_of_one_more n)). }
  assert (part_2 := times_zero (- 1) _ fact_2).
  assert (fact_3 : (X_u_dot_Delta_U n) - 0 = 0).
  { exact (same _ _ (H_unbiased_against_Delta_U n)). }
  assert (part_3 := times_zero (- 2) _ fact_3).
  assert (fact_4 : ((norm2_U n) * (alpha n) ^ 2) * (1 / (1 / ((o n) + 1)) - 1) - (norm2_X_u n) = 0).
  { apply (linked_equal _ _ _ (H_variance_link n)).
  refine ((variance (1 / ((o n) + 1)) ((norm2_U n) * (alpha n) ^ 2) _ _ _)).
  { written (1 / ((o n) + 1)). sign. }
  { pose proof (H_alpha_sign n). pose proof (H_U2_sign n). written (((norm2_U n)) * ((alpha n)) ^
      2). sign. }
  { apply at_most. written ((o n) / ((o n) + 1)). sign. } }
  assert (fact_5 : 0 <= x - (norm2_U n)).
  { exact (room _ _ (H_bounded n)). }
  assert (multiplier_5 : 0 <= (o n) * (alpha n) ^ 2).
  { written ((o n) * ((alpha n)) ^ 2). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (fact_6 : W (S n) - ((o n) * (alpha n) ^ 2 + W n) = 0).
  { exact (same _ _ (H_W_n_1 n)). }
  assert (part_6 := times_zero (x) _ fact_6).
  assert (fact_7 : 0 <= x * W n - (V n)).
  { exact (room _ _ hypothesis). }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((V n - (norm2_Delta_U n)) + (- 1) * (V (S n) -
      ((norm2_X_u n) + (norm2_Delta_U n) + 2 * (X_u_dot_Delta_U n))) + (- 2) * ((X_u_dot_Delta_U n)
      - 0) + (((norm2_U n) * (alpha n) ^ 2) * (1 / (1 / ((o n) + 1)) - 1) - (norm2_X_u n)) + ((o n)
      * (alpha n) ^ 2) * (x - (norm2_U n)) + x * (W (S n) - ((o n) * (alpha n) ^ 2 + W n)) + (x * W
      n - (V n))) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro n. exact (every n).
Qed.

(* The bound is attained: ‖U_j‖² = x. *)
Theorem sampled_average_attained
  (x : R) (* x, a bound on E‖U_j‖² *)
  (o : R) (* o = 1/p − 1 of the next processor *)
  (alpha : R) (* α *)
  (* x, a bound on E‖U_j‖² *)
  (x_sign : 0 <= x)
  (* o = 1/p − 1 of the next processor *)
  (o_sign : 0 <= o)
  : exists norm2_U : nat -> R, exists norm2_X_u : nat -> R, exists norm2_Delta_U : nat -> R, exists
      X_u_dot_Delta_U : nat -> R, exists V : nat -> R, exists W : nat -> R,
    (* Var H *) (forall n : nat, 0 <= W n) /\
    (* V(0) = 0: an empty sum *) (V O = 0) /\
    (* W(0) = 0: an empty sum *) (W O = 0) /\
    (* error so far: V(n) is E‖Δ − U‖² *) (forall n : nat, V n = (norm2_Delta_U n)) /\
    (* error of one more: both are sums *) (forall n : nat, V (S n) = (norm2_X_u n) + (norm2_Delta_U
        n) + 2 * (X_u_dot_Delta_U n)) /\
    (* unbiased, against Δ − U: X − u has mean zero and Δ − U is fixed before the draw *) (forall n
        : nat, (X_u_dot_Delta_U n) = 0) /\
    (* variance: theorem 'variance' *) (forall n : nat, o * (norm2_U n) * alpha ^ 2 = (norm2_X_u n))
        /\
    (* bounded: E‖U_j‖² <= x *) (forall n : nat, (norm2_U n) <= x) /\
    (* W(n + 1): one more term of the sum *) (forall n : nat, W (S n) = o * alpha ^ 2 + W n) /\
    (* attained *) (forall n : nat, V n = x * W n).
Proof.
  exists (fun n : nat => x).
  exists (fun n : nat => o * x * alpha ^ 2).
  exists (fun n : nat => INR n * o * x * alpha ^ 2).
  exists (fun n : nat => 0).
  exists (fun n : nat => INR n * o * x * alpha ^ 2).
  exists (fun n : nat => INR n * o * alpha ^ 2).
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. apply at_most. written ((INR n) * o * alpha ^ 2). sign. }
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
      ?tech_pow_Rmult, ?pow_O. apply equal. match goal with |- ?here = 0 => replace here with 0 by
      identity end. reflexivity. }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. apply equal. match goal with |- ?here = 0 => replace here with 0 by
      identity end. reflexivity. }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. apply at_most. written (0). sign. }
  split.
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. apply equal. match goal with |- ?here = 0 => replace here with 0 by
      identity end. reflexivity. }
  { intro n. pose proof (pos_INR n). cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <-
      ?tech_pow_Rmult, ?pow_O. apply equal. match goal with |- ?here = 0 => replace here with 0 by
      identity end. reflexivity. }
Qed.

Print Assumptions sampled_average.

Print Assumptions sampled_average_attained.
