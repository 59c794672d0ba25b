(* The variance of the aggregate weight. *)
(* n processors draw one model independently; processor j with probability p_j and aggregation
    weight u_j = α_j, a number; Δ = Σ u_j/p_j [j drew], U = Σ u_j; p = 1/(1 + o), u, X are those of
    the next processor. Δ is the aggregate weight H; V(n) = Var H, A(n) = Σ α_j²/p_j, B(n) = Σ α_j².
    *)
(* Reference: Chen, Horváth, Richtárik (TMLR 2022); Zhang et al. (arXiv 2504.05138). *)

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

(* The variance of the aggregate weight *)
Theorem participation_variance
  (o : nat -> R) (* o = 1/p − 1 of the next processor *)
  (norm2_X_u : nat -> R) (* ‖X − u‖² *)
  (norm2_u : nat -> R) (* ‖u‖² *)
  (norm2_Delta_U : nat -> R) (* ‖Δ − U‖² *)
  (X_u_dot_Delta_U : nat -> R) (* ⟨X − u,Δ − U⟩ *)
  (A : nat -> R) (*  *)
  (B : nat -> R) (*  *)
  (V : nat -> R) (*  *)
  (* range: Σ α_j²/p_j *)
  (A_sign : forall n : nat, 0 <= A n)
  (* range: Σ α_j² *)
  (B_sign : forall n : nat, 0 <= B n)
  (* range: o = 1/p − 1 of the next processor *)
  (o_sign : forall n : nat, 0 <= (o n))
  (* assumed: V(0) = 0: an empty sum *)
  (H_V_0_0 : V O = 0)
  (* assumed: A(0) = 0: an empty sum *)
  (H_A_0_0 : A O = 0)
  (* assumed: B(0) = 0: an empty sum *)
  (H_B_0_0 : B O = 0)
  (* assumed: error so far: V(n) is E‖Δ − U‖² *)
  (H_error_so_far : forall n : nat, V n = (norm2_Delta_U n))
  (* assumed: error of one more: both are sums *)
  (H_error_of_one_more : forall n : nat, V (S n) = (norm2_X_u n) + (norm2_Delta_U n) + 2 *
      (X_u_dot_Delta_U n))
  (* assumed: unbiased, against Δ − U: X − u has mean zero and Δ − U is fixed before the draw *)
  (H_unbiased_against_Delta_U : forall n : nat, (X_u_dot_Delta_U n) = 0)
  (* squared norm: ‖u‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_u2_sign : forall n : nat, 0 <= (norm2_u n))
  (* what is bounded: 'variance': what theorem variance bounds, E‖X − u‖² *)
  (H_variance_link : forall n : nat, (norm2_X_u n) = (norm2_u n) / (1 / ((o n) + 1)) - (norm2_u n))
  (* assumed: A(n + 1): one more term of the sum *)
  (H_A_n_1 : forall n : nat, A (S n) = (norm2_u n) * ((o n) + 1) + A n)
  (* assumed: B(n + 1): one more term of the sum *)
  (H_B_n_1 : forall n : nat, B (S n) = (norm2_u n) + B n)
  : forall n : nat, V n = A n - B n.
Proof.
  assert (every : forall n : nat, V n = A n - B n).
  { intro n. induction n as [| n hypothesis].
  - (* base, n = 0 *) assert (goal : V O = A O - B O).
  {
  pose proof (A_sign O).
  pose proof (B_sign O).
  pose proof (o_sign O).
  cbn [INR] in *.
  assert (fact_1 : V O - 0 = 0).
  { exact (same _ _ H_V_0_0). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  assert (fact_2 : A O - 0 = 0).
  { exact (same _ _ H_A_0_0). }
  assert (fact_3 : B O - 0 = 0).
  { exact (same _ _ H_B_0_0). }
  assert (part_3 := times_zero (- 1) _ fact_3).
  apply equal.
  match goal with |- ?here = 0 => replace here with ((- 1) * (V O - 0) + (A O - 0) + (- 1) * (B O -
      0)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, n to n + 1 *) assert (goal : V (S n) = A (S n) - B (S n)).
  {
  pose proof (pos_INR n) as index_sign.
  pose proof (A_sign n).
  pose proof (B_sign n).
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
  assert (fact_4 : (norm2_u n) * (1 / (1 / ((o n) + 1)) - 1) - (norm2_X_u n) = 0).
  { apply (linked_equal _ _ _ (H_variance_link n)).
  refine ((variance (1 / ((o n) + 1)) (norm2_u n) _ _ _)).
  { written (1 / ((o n) + 1)). sign. }
  { pose proof (H_u2_sign n). written (((norm2_u n))). sign. }
  { apply at_most. written ((o n) / ((o n) + 1)). sign. } }
  assert (fact_5 : A (S n) - ((norm2_u n) * ((o n) + 1) + A n) = 0).
  { exact (same _ _ (H_A_n_1 n)). }
  assert (fact_6 : B (S n) - ((norm2_u n) + B n) = 0).
  { exact (same _ _ (H_B_n_1 n)). }
  assert (part_6 := times_zero (- 1) _ fact_6).
  assert (fact_7 : A n - B n - (V n) = 0).
  { exact (difference _ _ hypothesis). }
  apply equal.
  match goal with |- ?here = 0 => replace here with ((V n - (norm2_Delta_U n)) + (- 1) * (V (S n) -
      ((norm2_X_u n) + (norm2_Delta_U n) + 2 * (X_u_dot_Delta_U n))) + (- 2) * ((X_u_dot_Delta_U n)
      - 0) + ((norm2_u n) * (1 / (1 / ((o n) + 1)) - 1) - (norm2_X_u n)) + (A (S n) - ((norm2_u n) *
      ((o n) + 1) + A n)) + (- 1) * (B (S n) - ((norm2_u n) + B n)) + (A n - B n - (V n))) by
      identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro n. exact (every n).
Qed.

Print Assumptions participation_variance.
