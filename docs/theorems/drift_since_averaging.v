(* The drift of clients, from the largest step since they were averaged. *)
(* Clients were equal at w₀ and have taken at most K − 1 local steps of at most γ₀; E‖gradient‖² <=
    G²; δ = w_k − w̄, M = E Σ d_k‖w_k − w₀‖². *)
(* Reference: Li et al. (ICLR 2020), lemma 3. *)

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

(* Taking off the mean over clients shortens *)
Lemma centred
  (norm2_b : R) (* Σ d_k ‖b_k‖² *)
  (norm2_m : R) (* ‖m‖² *)
  (b_dot_m : R) (* ⟨b,m⟩ *)
  (* range: Σ d_k ‖b_k‖² *)
  (norm2_b_sign : 0 <= norm2_b)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all *)
  (H_mean : b_dot_m = norm2_m)
  (* squared norm: a squared norm: ‖m‖² *)
  (H_square : 0 <= norm2_m)
  : norm2_b + norm2_m - 2 * b_dot_m <= norm2_b.
Proof.
  {
  assert (fact_1 : b_dot_m - norm2_m = 0).
  { exact (same _ _ H_mean). }
  assert (part_1 := times_zero (2) _ fact_1).
  assert (fact_2 : 0 <= norm2_m).
  { exact H_square. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (2 * (b_dot_m - norm2_m) + norm2_m) by identity
      end.
  parts.
  }
Qed.

(* The second moment of a mean of bounded updates *)
Lemma mean_of_updates
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

(* The drift of clients, from the largest step since they were averaged *)
Theorem drift_since_averaging
  (gamma0 : R) (* the largest step size γ₀ *)
  (K : nat) (* the local steps K *)
  (G2 : R) (* G², a bound on E‖y_j‖² *)
  (M : R) (* M *)
  (norm2_delta : R) (* ‖δ‖² *)
  (A : nat -> R) (*  *)
  (norm2_m : R) (* ‖m‖² *)
  (b_dot_m : R) (* ⟨b,m⟩ *)
  (norm2_m_ : nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> R) (* ⟨m,y⟩ *)
  (* range: the largest step size γ₀ *)
  (gamma0_sign : 0 < gamma0)
  (* range: the local steps K *)
  (K_sign : 0 < INR K)
  (* range: G², a bound on E‖y_j‖² *)
  (G2_sign : 0 <= G2)
  (* condition: K >= 1 *)
  (in_range_K_1 : 1 <= INR K)
  (* squared norm: M is not negative, being a squared norm, a mean of them or an excess *)
  (H_M_sign : 0 <= M)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for
      'centred') *)
  (H_mean : b_dot_m = norm2_m)
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'centred') *)
  (H_square : 0 <= norm2_m)
  (* what is bounded: 'centred': what theorem centred bounds, Σ d_k ‖b_k − m‖² *)
  (H_centred_link : norm2_delta = M + norm2_m - 2 * b_dot_m)
  (* assumed: local steps: γ₀ K - 1 times the mean of K - 1 gradients, each shortened by γ_t/γ₀ <= 1
      *)
  (H_local_steps : M = gamma0 ^ 2 * (INR K - 1) ^ 2 * A (K - 1)%nat)
  (* assumed: no update: the mean of none, 0, is at most G² (of theorem mean_of_updates, cited for
      'mean_of_updates') *)
  (H_no_update : A O <= G2)
  (* assumed: so far: m is the mean so far (of theorem mean_of_updates, cited for 'mean_of_updates')
      *)
  (H_so_far : forall n : nat, A n = (norm2_m_ n))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem mean_of_updates, cited for
      'mean_of_updates') *)
  (H_one_more : forall n : nat, A (S n) = (norm2_m_ n) * (INR n) ^ 2 / (INR n + 1) ^ 2 + 2 * INR n *
      (m_dot_y n) / (INR n + 1) ^ 2 + (norm2_y n) / (INR n + 1) ^ 2)
  (* assumed: bounded: E‖y_j‖² <= G² (of theorem mean_of_updates, cited for 'mean_of_updates') *)
  (H_bounded : forall n : nat, (norm2_y n) <= G2)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem mean_of_updates, cited for
      'mean_of_updates') *)
  (H_square_ : forall n : nat, 0 <= (norm2_m_ n) + (norm2_y n) - 2 * (m_dot_y n))
  : norm2_delta <= G2 * gamma0 ^ 2 * (INR K - 1) ^ 2.
Proof.
  pose proof (pos_INR K).
  assert (exists omega_slack, 0 <= omega_slack /\ omega_slack = INR K - 1)
    as [omega_slack [omega_slack_sign omega_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = omega_slack + 1).
  { rewrite ?omega_slack_def. identity. }
  {
  assert (fact_1 : 0 <= M - norm2_delta).
  { apply (linked _ _ _ H_centred_link).
  refine ((centred M norm2_m b_dot_m _ H_mean H_square)).
  { pose proof H_M_sign. rewrite ?chart_K. written ((M)). sign. } }
  assert (fact_2 : M - (gamma0 ^ 2 * (INR K - 1) ^ 2 * A (K - 1)%nat) = 0).
  { exact (same _ _ H_local_steps). }
  assert (part_2 := times_zero (- 1) _ fact_2).
  assert (fact_3 : 0 <= G2 - (A (K - 1)%nat)).
  { apply room.
  refine ((mean_of_updates G2 norm2_m_ norm2_y m_dot_y A _ H_no_update H_so_far H_one_more H_bounded
      H_square_ (K - 1)%nat)).
  { generalize G2_sign. cbn [INR]. lra. } }
  assert (multiplier_3 : 0 <= gamma0 ^ 2 * (INR K - 1) ^ 2).
  { rewrite ?chart_K. written (gamma0 ^ 2 * omega_slack ^ 2). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((M - norm2_delta) + (- 1) * (M - (gamma0 ^ 2 *
      (INR K - 1) ^ 2 * A (K - 1)%nat)) + (gamma0 ^ 2 * (INR K - 1) ^ 2) * (G2 - (A (K - 1)%nat)))
      by identity end.
  parts.
  }
Qed.

Print Assumptions drift_since_averaging.
