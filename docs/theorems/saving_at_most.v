(* No probabilities save more of the cost Σ a²/p than χ times the optimum without caps. *)
(* N clients with scores a of mean ā and squared coefficient of variation χ; at most m draws
    expected in a round; products are means over clients. U is the cost of uniform probabilities, O
    = (Σ a)²/m, Z the cost of any probabilities that sum to at most m, with caps or without. *)
(* Reference: Chen, Horváth, Richtárik (TMLR 2022); theorem water_filling. *)

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

(* Uniform probabilities cost 1 + χ times the optimum without caps *)
Lemma uniform_cost
  (O_ : R) (* O = (Σ a)²/m *)
  (chi : R) (* χ, the squared coefficient of variation of the scores *)
  (N : R) (* the clients N *)
  (a_bar : R) (* the mean score ā *)
  (m : R) (* the budget m *)
  (U : R) (* U *)
  (norm2_n1 : R) (* ‖1‖² *)
  (norm2_a : R) (* ‖a‖² *)
  (n1_dot_a : R) (* ⟨1,a⟩ *)
  (* range: O = (Σ a)²/m *)
  (O_sign : 0 <= O_)
  (* range: χ, the squared coefficient of variation of the scores *)
  (chi_sign : 0 <= chi)
  (* range: the clients N *)
  (N_sign : 0 < N)
  (* range: the mean score ā *)
  (a_bar_sign : 0 < a_bar)
  (* range: the budget m *)
  (m_sign : 0 < m)
  (* assumed: mean: ā is the mean of the scores *)
  (H_mean : a_bar = n1_dot_a)
  (* assumed: one: the mean of 1² is 1 *)
  (H_one : norm2_n1 = 1)
  (* assumed: variation: χ is the mean of (a/ā − 1)² *)
  (H_variation : chi + 2 * n1_dot_a / a_bar = norm2_n1 + norm2_a / a_bar ^ 2)
  (* assumed: uniform: U = Σ a²/(m/N), and Σ a² is N times the mean of a² *)
  (H_uniform : U = norm2_a * N ^ 2 / m)
  (* assumed: optimum: O = (Σ a)²/m, and Σ a = Nā *)
  (H_optimum : O_ = N ^ 2 * a_bar ^ 2 / m)
  : U = O_ * (chi + 1).
Proof.
  {
  assert (fact_1 : a_bar - n1_dot_a = 0).
  { exact (same _ _ H_mean). }
  assert (part_1 := times_zero (2 * a_bar * N ^ 2 / m) _ fact_1).
  assert (fact_2 : norm2_n1 - 1 = 0).
  { exact (same _ _ H_one). }
  assert (part_2 := times_zero (N ^ 2 * a_bar ^ 2 / m) _ fact_2).
  assert (fact_3 : chi + 2 * n1_dot_a / a_bar - (norm2_n1 + norm2_a / a_bar ^ 2) = 0).
  { exact (same _ _ H_variation). }
  assert (part_3 := times_zero (N ^ 2 * a_bar ^ 2 / m) _ fact_3).
  assert (fact_4 : U - (norm2_a * N ^ 2 / m) = 0).
  { exact (same _ _ H_uniform). }
  assert (part_4 := times_zero (- 1) _ fact_4).
  assert (fact_5 : O_ - (N ^ 2 * a_bar ^ 2 / m) = 0).
  { exact (same _ _ H_optimum). }
  assert (part_5 := times_zero (chi + 1) _ fact_5).
  apply equal.
  match goal with |- ?here = 0 => replace here with ((2 * a_bar * N ^ 2 / m) * (a_bar - n1_dot_a) +
      (N ^ 2 * a_bar ^ 2 / m) * (norm2_n1 - 1) + (N ^ 2 * a_bar ^ 2 / m) * (chi + 2 * n1_dot_a /
      a_bar - (norm2_n1 + norm2_a / a_bar ^ 2)) + (- 1) * (U - (norm2_a * N ^ 2 / m)) + (chi + 1) *
      (O_ - (N ^ 2 * a_bar ^ 2 / m))) by identity end.
  parts.
  }
Qed.

(* A priced processor costs at least 2Mr *)
Lemma water_filling_free
  (M : R) (* the processor's total score M *)
  (r : R) (* the price r *)
  (q : R) (* the total probability q *)
  (* range: the processor's total score M *)
  (M_sign : 0 < M)
  (* range: the price r *)
  (r_sign : 0 <= r)
  (* range: the total probability q *)
  (q_sign : 0 < q)
  : 2 * M * r <= M ^ 2 / q + q * r ^ 2.
Proof.
  {
  assert (fact_1 : 0 <= (M - q * r) ^ 2).
  { apply pow2_ge_0. }
  assert (multiplier_1 : 0 <= 1 / q).
  { written (1 / q). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((1 / q) * ((M - q * r) ^ 2)) by identity end.
  parts.
  }
Qed.

(* A priced processor at its cap costs at least M²/c + cr² *)
Lemma water_filling_capped
  (M : R) (* the processor's total score M *)
  (r : R) (* the price r *)
  (q : R) (* the total probability q *)
  (c : R) (* the cap c *)
  (* range: the processor's total score M *)
  (M_sign : 0 < M)
  (* range: the price r *)
  (r_sign : 0 <= r)
  (* range: the total probability q *)
  (q_sign : 0 < q)
  (* range: the cap c *)
  (c_sign : 0 < c)
  (* condition: q <= c *)
  (in_range_q_c : q <= c)
  (* condition: M >= c r *)
  (in_range_M_c_r : c * r <= M)
  : M ^ 2 / c + c * r ^ 2 <= M ^ 2 / q + q * r ^ 2.
Proof.
  assert (exists s_slack, 0 <= s_slack /\ s_slack = c - q)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (c - q)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists k_slack, 0 <= k_slack /\ k_slack = M - c * r)
    as [k_slack [k_slack_sign k_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (M - (c * r))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_c : c = q + s_slack).
  { rewrite ?s_slack_def. identity. }
  assert (chart_M : M = k_slack + r * (q + s_slack)).
  { rewrite ?s_slack_def, ?k_slack_def. identity. }
  {
  apply at_most. rewrite ?chart_c, ?chart_M. written (s_slack * (k_slack ^ 2 + 2 * k_slack * q * r +
      2 * k_slack * r * s_slack + q * s_slack * r ^ 2 + r ^ 2 * s_slack ^ 2) / (q * (q + s_slack))).
      sign.
  }
Qed.

(* Every price gives a lower bound on what any probabilities reach *)
Lemma water_filling_priced
  (r : R) (* the price r *)
  (M_f : R) (* Σ M over the free *)
  (T : R) (* Σ M²/c over the capped *)
  (C : R) (* Σ c over the capped *)
  (m : R) (* the budget m *)
  (Q_c : R) (* Q_c *)
  (Q_f : R) (* Q_f *)
  (Z : R) (* Z *)
  (Z_c : R) (* Z_c *)
  (Z_f : R) (* Z_f *)
  (water_filling_free_number : nat) (* how many: every free processor *)
  (M : nat -> R) (* the processor's total score M, one a term *)
  (q : nat -> R) (* the total probability q, one a term *)
  (water_filling_capped_number : nat) (* how many: every capped processor *)
  (M_ : nat -> R) (* the processor's total score M, one a term *)
  (q_ : nat -> R) (* the total probability q, one a term *)
  (c : nat -> R) (* the cap c, one a term *)
  (* range: the price r *)
  (r_sign : 0 <= r)
  (* range: Σ M over the free *)
  (M_f_sign : 0 <= M_f)
  (* range: Σ M²/c over the capped *)
  (T_sign : 0 <= T)
  (* range: Σ c over the capped *)
  (C_sign : 0 <= C)
  (* range: the budget m *)
  (m_sign : 0 < m)
  (* condition: the processor's total score M, for every free processor *)
  (H_M_sign : forall i : nat, 0 < (M i))
  (* condition: the total probability q, for every free processor *)
  (H_q_sign : forall i : nat, 0 < (q i))
  (* what is bounded: Z_f is the sum of M**2/q *)
  (H_Z_f_total : Z_f = total water_filling_free_number (fun i => (M i) ^ 2 / (q i)))
  (* what is bounded: Q_f is the sum of q *)
  (H_Q_f_total : Q_f = total water_filling_free_number (fun i => (q i)))
  (* what is bounded: M_f is the sum of M *)
  (H_M_f_total : M_f = total water_filling_free_number (fun i => (M i)))
  (* condition: the processor's total score M, for every capped processor *)
  (H_M_sign_ : forall i : nat, 0 < (M_ i))
  (* condition: the total probability q, for every capped processor *)
  (H_q_sign_ : forall i : nat, 0 < (q_ i))
  (* condition: the cap c, for every capped processor *)
  (H_c_sign : forall i : nat, 0 < (c i))
  (* condition: q <= c, for every capped processor *)
  (H_in_range_q_c : forall i : nat, (q_ i) <= (c i))
  (* condition: M >= c r, for every capped processor *)
  (H_in_range_M_c_r : forall i : nat, (c i) * r <= (M_ i))
  (* what is bounded: Z_c is the sum of M**2/q *)
  (H_Z_c_total : Z_c = total water_filling_capped_number (fun i => (M_ i) ^ 2 / (q_ i)))
  (* what is bounded: Q_c is the sum of q *)
  (H_Q_c_total : Q_c = total water_filling_capped_number (fun i => (q_ i)))
  (* what is bounded: T is the sum of M**2/c *)
  (H_T_total : T = total water_filling_capped_number (fun i => (M_ i) ^ 2 / (c i)))
  (* what is bounded: C is the sum of c *)
  (H_C_total : C = total water_filling_capped_number (fun i => (c i)))
  (* assumed: cost: Z is the sum over all processors *)
  (H_cost : Z = Z_c + Z_f)
  (* assumed: budget: the probabilities sum to at most m *)
  (H_budget : Q_c + Q_f <= m)
  : 2 * M_f * r + T + r ^ 2 * (C - m) <= Z.
Proof.
  {
  assert (fact_1 : 0 <= Q_f * r ^ 2 + Z_f - (2 * M_f * r)).
  { assert (added : forall m_ : nat, 0 <= (total m_ (fun i => (q i))) * r ^ 2 + (total m_ (fun i =>
      (M i) ^ 2 / (q i))) - (2 * (total m_ (fun i => (M i))) * r)).
  { intro m_. induction m_ as [| m_ before]; cbn [total].
  - apply from_zero. unfold Rdiv. ring.
  - assert (one : 0 <= ((M m_) ^ 2 / (q m_) + (q m_) * r ^ 2 - (2 * (M m_) * r))).
  { apply room.
  refine (water_filling_free (M m_) r (q m_) (H_M_sign m_) _ (H_q_sign m_)).
  { generalize r_sign. cbn [INR]. lra. }
  }
  assert (sum := Rplus_le_le_0_compat _ _ before one).
  refine (Rle_trans _ _ _ sum (Req_le _ _ _)). unfold Rdiv. ring. }
  rewrite H_Z_f_total, H_Q_f_total, H_M_f_total. exact (added water_filling_free_number). }
  assert (fact_2 : 0 <= Q_c * r ^ 2 + Z_c - (C * r ^ 2 + T)).
  { assert (added : forall m_ : nat, 0 <= (total m_ (fun i => (q_ i))) * r ^ 2 + (total m_ (fun i =>
      (M_ i) ^ 2 / (q_ i))) - ((total m_ (fun i => (c i))) * r ^ 2 + (total m_ (fun i => (M_ i) ^ 2
      / (c i))))).
  { intro m_. induction m_ as [| m_ before]; cbn [total].
  - apply from_zero. unfold Rdiv. ring.
  - assert (one : 0 <= ((M_ m_) ^ 2 / (q_ m_) + (q_ m_) * r ^ 2 - ((M_ m_) ^ 2 / (c m_) + (c m_) * r
      ^ 2))).
  { apply room.
  refine (water_filling_capped (M_ m_) r (q_ m_) (c m_) (H_M_sign_ m_) _ (H_q_sign_ m_) (H_c_sign
      m_) (H_in_range_q_c m_) (H_in_range_M_c_r m_)).
  { generalize r_sign. cbn [INR]. lra. }
  }
  assert (sum := Rplus_le_le_0_compat _ _ before one).
  refine (Rle_trans _ _ _ sum (Req_le _ _ _)). unfold Rdiv. ring. }
  rewrite H_Z_c_total, H_Q_c_total, H_T_total, H_C_total. exact (added water_filling_capped_number).
      }
  assert (fact_3 : Z - (Z_c + Z_f) = 0).
  { exact (same _ _ H_cost). }
  assert (fact_4 : 0 <= m - (Q_c + Q_f)).
  { exact (room _ _ H_budget). }
  assert (multiplier_4 : 0 <= r ^ 2).
  { written (r ^ 2). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((Q_f * r ^ 2 + Z_f - (2 * M_f * r)) + (Q_c * r
      ^ 2 + Z_c - (C * r ^ 2 + T)) + (Z - (Z_c + Z_f)) + (r ^ 2) * (m - (Q_c + Q_f))) by identity
      end.
  parts.
  }
Qed.

(* Water-filling is optimal *)
Lemma water_filling
  (M_f : R) (* Σ M over the free *)
  (T : R) (* Σ M²/c over the capped *)
  (C : R) (* Σ c over the capped *)
  (m : R) (* the budget m *)
  (Z : R) (* Z *)
  (Q_c : R) (* Q_c *)
  (Q_f : R) (* Q_f *)
  (Z_c : R) (* Z_c *)
  (Z_f : R) (* Z_f *)
  (water_filling_free_number : nat) (* how many: every free processor *)
  (M : nat -> R) (* the processor's total score M, one a term *)
  (q : nat -> R) (* the total probability q, one a term *)
  (water_filling_capped_number : nat) (* how many: every capped processor *)
  (M_ : nat -> R) (* the processor's total score M, one a term *)
  (q_ : nat -> R) (* the total probability q, one a term *)
  (c : nat -> R) (* the cap c, one a term *)
  (* range: Σ M over the free *)
  (M_f_sign : 0 <= M_f)
  (* range: Σ M²/c over the capped *)
  (T_sign : 0 <= T)
  (* range: Σ c over the capped *)
  (C_sign : 0 <= C)
  (* range: the budget m *)
  (m_sign : 0 < m)
  (* condition: m > Σ c of the capped *)
  (in_range_m_Sum_c_of_the_capped : C < m)
  (* condition: the processor's total score M, for every free processor (of theorem
      water_filling_priced, cited for 'water_filling_priced') *)
  (H_M_sign : forall i : nat, 0 < (M i))
  (* condition: the total probability q, for every free processor (of theorem water_filling_priced,
      cited for 'water_filling_priced') *)
  (H_q_sign : forall i : nat, 0 < (q i))
  (* what is bounded: Z_f is the sum of M**2/q (of theorem water_filling_priced, cited for
      'water_filling_priced') *)
  (H_Z_f_total : Z_f = total water_filling_free_number (fun i => (M i) ^ 2 / (q i)))
  (* what is bounded: Q_f is the sum of q (of theorem water_filling_priced, cited for
      'water_filling_priced') *)
  (H_Q_f_total : Q_f = total water_filling_free_number (fun i => (q i)))
  (* what is bounded: M_f is the sum of M (of theorem water_filling_priced, cited for
      'water_filling_priced') *)
  (H_M_f_total : M_f = total water_filling_free_number (fun i => (M i)))
  (* condition: the processor's total score M, for every capped processor (of theorem
      water_filling_priced, cited for 'water_filling_priced') *)
  (H_M_sign_ : forall i : nat, 0 < (M_ i))
  (* condition: the total probability q, for every capped processor (of theorem
      water_filling_priced, cited for 'water_filling_priced') *)
  (H_q_sign_ : forall i : nat, 0 < (q_ i))
  (* condition: the cap c, for every capped processor (of theorem water_filling_priced, cited for
      'water_filling_priced') *)
  (H_c_sign : forall i : nat, 0 < (c i))
  (* condition: q <= c, for every capped processor (of theorem water_filling_priced, cited for
      'water_filling_priced') *)
  (H_in_range_q_c : forall i : nat, (q_ i) <= (c i))
  (* condition: M >= c r, for every capped processor (of theorem water_filling_priced, cited for
      'water_filling_priced') *)
  (H_in_range_M_c_r : forall i : nat, (c i) * (M_f / (m - C)) <= (M_ i))
  (* what is bounded: Z_c is the sum of M**2/q (of theorem water_filling_priced, cited for
      'water_filling_priced') *)
  (H_Z_c_total : Z_c = total water_filling_capped_number (fun i => (M_ i) ^ 2 / (q_ i)))
  (* what is bounded: Q_c is the sum of q (of theorem water_filling_priced, cited for
      'water_filling_priced') *)
  (H_Q_c_total : Q_c = total water_filling_capped_number (fun i => (q_ i)))
  (* what is bounded: T is the sum of M**2/c (of theorem water_filling_priced, cited for
      'water_filling_priced') *)
  (H_T_total : T = total water_filling_capped_number (fun i => (M_ i) ^ 2 / (c i)))
  (* what is bounded: C is the sum of c (of theorem water_filling_priced, cited for
      'water_filling_priced') *)
  (H_C_total : C = total water_filling_capped_number (fun i => (c i)))
  (* assumed: cost: Z is the sum over all processors (of theorem water_filling_priced, cited for
      'water_filling_priced') *)
  (H_cost : Z = Z_c + Z_f)
  (* assumed: budget: the probabilities sum to at most m (of theorem water_filling_priced, cited for
      'water_filling_priced') *)
  (H_budget : Q_c + Q_f <= m)
  : M_f ^ 2 / (m - C) + T <= Z.
Proof.
  assert (exists s_slack, 0 < s_slack /\ s_slack = m - C)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (m - C)).
    apply Rmult_lt_0_compat; [ sign | lra ]. }
  assert (chart_m : m = C + s_slack).
  { rewrite ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= Z - (2 * M_f * (M_f / (m - C)) + T + (M_f / (m - C)) ^ 2 * (C - m))).
  { apply room.
  refine ((water_filling_priced (M_f / (m - C)) M_f T C m Q_c Q_f Z Z_c Z_f
      water_filling_free_number M q water_filling_capped_number M_ q_ c _ _ _ _ _ H_M_sign H_q_sign
      H_Z_f_total H_Q_f_total H_M_f_total H_M_sign_ H_q_sign_ H_c_sign H_in_range_q_c
      H_in_range_M_c_r H_Z_c_total H_Q_c_total H_T_total H_C_total H_cost H_budget)).
  { rewrite ?chart_m. written (M_f / s_slack). sign. }
  { generalize M_f_sign. cbn [INR]. lra. }
  { generalize T_sign. cbn [INR]. lra. }
  { generalize C_sign. cbn [INR]. lra. }
  { generalize m_sign. cbn [INR]. lra. } }
  assert (0 < m - C).
  { rewrite ?chart_m. written (s_slack). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((Z - (2 * M_f * (M_f / (m - C)) + T + (M_f /
      (m - C)) ^ 2 * (C - m)))) by identity end.
  parts.
  }
Qed.

(* No probabilities save more of the cost Σ a²/p than χ times the optimum without caps *)
Theorem saving_at_most
  (Z : R) (* Z = Σ a²/p of the other probabilities *)
  (O_ : R) (* O = (Σ a)²/m *)
  (chi : R) (* χ, the squared coefficient of variation of the scores *)
  (N : R) (* the clients N *)
  (a_bar : R) (* the mean score ā *)
  (m : R) (* the budget m *)
  (U : R) (* U *)
  (norm2_n1 : R) (* ‖1‖² *)
  (norm2_a : R) (* ‖a‖² *)
  (n1_dot_a : R) (* ⟨1,a⟩ *)
  (Q_c : R) (* Q_c *)
  (Q_f : R) (* Q_f *)
  (Z_c : R) (* Z_c *)
  (Z_f : R) (* Z_f *)
  (water_filling_free_number : nat) (* how many: every free processor *)
  (M : nat -> R) (* the processor's total score M, one a term *)
  (q : nat -> R) (* the total probability q, one a term *)
  (water_filling_capped_number : nat) (* how many: every capped processor *)
  (M_ : nat -> R) (* the processor's total score M, one a term *)
  (q_ : nat -> R) (* the total probability q, one a term *)
  (c : nat -> R) (* the cap c, one a term *)
  (* range: Z = Σ a²/p of the other probabilities *)
  (Z_sign : 0 <= Z)
  (* range: O = (Σ a)²/m *)
  (O_sign : 0 <= O_)
  (* range: χ, the squared coefficient of variation of the scores *)
  (chi_sign : 0 <= chi)
  (* range: the clients N *)
  (N_sign : 0 < N)
  (* range: the mean score ā *)
  (a_bar_sign : 0 < a_bar)
  (* range: the budget m *)
  (m_sign : 0 < m)
  (* assumed: mean: ā is the mean of the scores (of theorem uniform_cost, cited for 'uniform_cost')
      *)
  (H_mean : a_bar = n1_dot_a)
  (* assumed: one: the mean of 1² is 1 (of theorem uniform_cost, cited for 'uniform_cost') *)
  (H_one : norm2_n1 = 1)
  (* assumed: variation: χ is the mean of (a/ā − 1)² (of theorem uniform_cost, cited for
      'uniform_cost') *)
  (H_variation : chi + 2 * n1_dot_a / a_bar = norm2_n1 + norm2_a / a_bar ^ 2)
  (* assumed: uniform: U = Σ a²/(m/N), and Σ a² is N times the mean of a² (of theorem uniform_cost,
      cited for 'uniform_cost') *)
  (H_uniform : U = norm2_a * N ^ 2 / m)
  (* assumed: optimum: O = (Σ a)²/m, and Σ a = Nā (of theorem uniform_cost, cited for
      'uniform_cost') *)
  (H_optimum : O_ = N ^ 2 * a_bar ^ 2 / m)
  (* assumed: optimum: O = (Σ a)²/m, and Σ a = Nā *)
  (H_optimum_ : O_ = N ^ 2 * a_bar ^ 2 / m)
  (* condition: the processor's total score M, for every free processor (of theorem
      water_filling_priced, cited for 'water_filling_priced') (of theorem water_filling, cited for
      'water_filling') *)
  (H_M_sign : forall i : nat, 0 < (M i))
  (* condition: the total probability q, for every free processor (of theorem water_filling_priced,
      cited for 'water_filling_priced') (of theorem water_filling, cited for 'water_filling') *)
  (H_q_sign : forall i : nat, 0 < (q i))
  (* what is bounded: Z_f is the sum of M**2/q (of theorem water_filling_priced, cited for
      'water_filling_priced') (of theorem water_filling, cited for 'water_filling') *)
  (H_Z_f_total : Z_f = total water_filling_free_number (fun i => (M i) ^ 2 / (q i)))
  (* what is bounded: Q_f is the sum of q (of theorem water_filling_priced, cited for
      'water_filling_priced') (of theorem water_filling, cited for 'water_filling') *)
  (H_Q_f_total : Q_f = total water_filling_free_number (fun i => (q i)))
  (* what is bounded: M_f is the sum of M (of theorem water_filling_priced, cited for
      'water_filling_priced') (of theorem water_filling, cited for 'water_filling') *)
  (H_M_f_total : (N * a_bar) = total water_filling_free_number (fun i => (M i)))
  (* condition: the processor's total score M, for every capped processor (of theorem
      water_filling_priced, cited for 'water_filling_priced') (of theorem water_filling, cited for
      'water_filling') *)
  (H_M_sign_ : forall i : nat, 0 < (M_ i))
  (* condition: the total probability q, for every capped processor (of theorem
      water_filling_priced, cited for 'water_filling_priced') (of theorem water_filling, cited for
      'water_filling') *)
  (H_q_sign_ : forall i : nat, 0 < (q_ i))
  (* condition: the cap c, for every capped processor (of theorem water_filling_priced, cited for
      'water_filling_priced') (of theorem water_filling, cited for 'water_filling') *)
  (H_c_sign : forall i : nat, 0 < (c i))
  (* condition: q <= c, for every capped processor (of theorem water_filling_priced, cited for
      'water_filling_priced') (of theorem water_filling, cited for 'water_filling') *)
  (H_in_range_q_c : forall i : nat, (q_ i) <= (c i))
  (* condition: M >= c r, for every capped processor (of theorem water_filling_priced, cited for
      'water_filling_priced') (of theorem water_filling, cited for 'water_filling') *)
  (H_in_range_M_c_r : forall i : nat, (c i) * ((N * a_bar) / (m - 0)) <= (M_ i))
  (* what is bounded: Z_c is the sum of M**2/q (of theorem water_filling_priced, cited for
      'water_filling_priced') (of theorem water_filling, cited for 'water_filling') *)
  (H_Z_c_total : Z_c = total water_filling_capped_number (fun i => (M_ i) ^ 2 / (q_ i)))
  (* what is bounded: Q_c is the sum of q (of theorem water_filling_priced, cited for
      'water_filling_priced') (of theorem water_filling, cited for 'water_filling') *)
  (H_Q_c_total : Q_c = total water_filling_capped_number (fun i => (q_ i)))
  (* what is bounded: T is the sum of M**2/c (of theorem water_filling_priced, cited for
      'water_filling_priced') (of theorem water_filling, cited for 'water_filling') *)
  (H_T_total : 0 = total water_filling_capped_number (fun i => (M_ i) ^ 2 / (c i)))
  (* what is bounded: C is the sum of c (of theorem water_filling_priced, cited for
      'water_filling_priced') (of theorem water_filling, cited for 'water_filling') *)
  (H_C_total : 0 = total water_filling_capped_number (fun i => (c i)))
  (* assumed: cost: Z is the sum over all processors (of theorem water_filling_priced, cited for
      'water_filling_priced') (of theorem water_filling, cited for 'water_filling') *)
  (H_cost : Z = Z_c + Z_f)
  (* assumed: budget: the probabilities sum to at most m (of theorem water_filling_priced, cited for
      'water_filling_priced') (of theorem water_filling, cited for 'water_filling') *)
  (H_budget : Q_c + Q_f <= m)
  : U <= O_ * chi + Z.
Proof.
  {
  assert (fact_1 : O_ * (chi + 1) - U = 0).
  { apply difference.
  refine ((uniform_cost O_ chi N a_bar m U norm2_n1 norm2_a n1_dot_a _ _ _ _ _ H_mean H_one
      H_variation H_uniform H_optimum)).
  { generalize O_sign. cbn [INR]. lra. }
  { generalize chi_sign. cbn [INR]. lra. }
  { generalize N_sign. cbn [INR]. lra. }
  { generalize a_bar_sign. cbn [INR]. lra. }
  { generalize m_sign. cbn [INR]. lra. } }
  assert (fact_2 : O_ - (N ^ 2 * a_bar ^ 2 / m) = 0).
  { exact (same _ _ H_optimum_). }
  assert (part_2 := times_zero (- 1) _ fact_2).
  assert (fact_3 : 0 <= Z - ((N * a_bar) ^ 2 / (m - 0) + 0)).
  { apply room.
  refine ((water_filling (N * a_bar) 0 0 m Z Q_c Q_f Z_c Z_f water_filling_free_number M q
      water_filling_capped_number M_ q_ c _ _ _ _ _ H_M_sign H_q_sign H_Z_f_total H_Q_f_total
      H_M_f_total H_M_sign_ H_q_sign_ H_c_sign H_in_range_q_c H_in_range_M_c_r H_Z_c_total
      H_Q_c_total H_T_total H_C_total H_cost H_budget)).
  { written (N * a_bar). sign. }
  { written (0). sign. }
  { written (0). sign. }
  { generalize m_sign. cbn [INR]. lra. }
  { generalize m_sign. cbn [INR]. lra. } }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((O_ * (chi + 1) - U) + (- 1) * (O_ - (N ^ 2 *
      a_bar ^ 2 / m)) + (Z - ((N * a_bar) ^ 2 / (m - 0) + 0))) by identity end.
  parts.
  }
Qed.

Print Assumptions saving_at_most.
