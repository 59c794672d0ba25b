(* The mean of workers that follow leaders descends, up to its drift. *)
(* F = (1/n) Σ F_i, every F_i is L-smooth; worker i is at x_i, D = (1/n) Σ ‖x_i − x̄‖²; X⁺ = PX −
    ηG, P row-stochastic and fixed before the noise of the round; noises have mean 0 given the past,
    variance at most σ² and are independent across workers; epochs through shuffled data are not
    covered; x̄⁺ = x̄ + m − η(∇F(x̄) + f + χ̄), f the mean of u = ∇F_i(x_i) − ∇F_i(x̄), χ̄ the mean
    noise, w = x_i − x̄, ‖m‖² <= κD; values are measured from a lower bound. Products of u and w
    stand for means over workers. *)
(* Reference: theorems mean_descent and column_drift. *)

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

(* The squared norm of a mean is at most the mean of the squared norms *)
Lemma mean_over_clients
  (norm2_b : R) (* Σ d_k ‖b_k‖² *)
  (norm2_m : R) (* ‖m‖² *)
  (b_dot_m : R) (* ⟨b,m⟩ *)
  (* range: Σ d_k ‖b_k‖² *)
  (norm2_b_sign : 0 <= norm2_b)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all *)
  (H_mean : b_dot_m = norm2_m)
  (* squared norm: a squared norm: ‖b - m‖² *)
  (H_square : 0 <= norm2_b + norm2_m - 2 * b_dot_m)
  : norm2_m <= norm2_b.
Proof.
  {
  assert (fact_1 : b_dot_m - norm2_m = 0).
  { exact (same _ _ H_mean). }
  assert (part_1 := times_zero (2) _ fact_1).
  assert (fact_2 : 0 <= norm2_b + norm2_m - 2 * b_dot_m).
  { exact H_square. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (2 * (b_dot_m - norm2_m) + (norm2_b + norm2_m -
      2 * b_dot_m)) by identity end.
  parts.
  }
Qed.

(* The mean of workers that follow leaders descends, up to its drift *)
Theorem leader_descent
  (L : R) (* the smoothness L *)
  (eta : R) (* the step size η *)
  (sigma2 : R) (* the variance σ² of the step *)
  (n : nat) (* the workers n *)
  (F : R) (* F(x) above its lower bound *)
  (norm2_gradF : R) (* ‖∇F(x)‖² *)
  (D : R) (* D = (1/n) Σ ‖x_i − x̄‖² *)
  (kappa : R) (* κ, at least n times the squared column drift of P, in every round *)
  (F_next : R) (* F⁺ *)
  (norm2_f : R) (* ‖f‖² *)
  (norm2_m : R) (* ‖m‖² *)
  (norm2_u : R) (* ‖u‖² *)
  (norm2_w : R) (* ‖w‖² *)
  (norm2_chi_bar : R) (* ‖χ̄‖² *)
  (f_dot_m : R) (* ⟨f,m⟩ *)
  (f_dot_chi_bar : R) (* ⟨f,χ̄⟩ *)
  (f_dot_gradF : R) (* ⟨f,∇F⟩ *)
  (m_dot_chi_bar : R) (* ⟨m,χ̄⟩ *)
  (m_dot_gradF : R) (* ⟨m,∇F⟩ *)
  (chi_bar_dot_gradF : R) (* ⟨χ̄,∇F⟩ *)
  (V : nat -> R) (*  *)
  (norm2_Z : nat -> R) (* ‖Z‖² *)
  (norm2_xi : nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi : nat -> R) (* ⟨Z,ξ⟩ *)
  (b_dot_m : R) (* ⟨b,m⟩ *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: the step size η *)
  (eta_sign : 0 < eta)
  (* range: the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* range: the workers n *)
  (n_sign : 0 < INR n)
  (* range: F(x) above its lower bound *)
  (F_sign : 0 <= F)
  (* range: ‖∇F(x)‖² *)
  (norm2_gradF_sign : 0 <= norm2_gradF)
  (* range: D = (1/n) Σ ‖x_i − x̄‖² *)
  (D_sign : 0 <= D)
  (* range: κ, at least n times the squared column drift of P, in every round *)
  (kappa_sign : 0 <= kappa)
  (* condition: ηL <= 1 *)
  (in_range_etaL_1 : L * eta <= 1)
  (* condition: n >= 1 *)
  (in_range_n_1 : 1 <= INR n)
  (* assumed: smoothness: descent lemma, F is L-smooth *)
  (H_smoothness : F_next + eta * norm2_gradF + eta * f_dot_gradF + eta * chi_bar_dot_gradF <= F + L
      * (norm2_f * eta ^ 2 + norm2_chi_bar * eta ^ 2 + norm2_gradF * eta ^ 2 + 2 * f_dot_chi_bar *
      eta ^ 2 + 2 * f_dot_gradF * eta ^ 2 + 2 * chi_bar_dot_gradF * eta ^ 2 + norm2_m - 2 * eta *
      f_dot_m - 2 * eta * m_dot_chi_bar - 2 * eta * m_dot_gradF) / 2 + m_dot_gradF)
  (* assumed: unbiased, against ∇F: χ̄ has mean zero and ∇F is fixed before the draw *)
  (H_unbiased_against_gradF : chi_bar_dot_gradF = 0)
  (* assumed: unbiased, against f: χ̄ has mean zero and f is fixed before the draw *)
  (H_unbiased_against_f : f_dot_chi_bar = 0)
  (* assumed: unbiased, against m: χ̄ has mean zero and m is fixed before the draw *)
  (H_unbiased_against_m : m_dot_chi_bar = 0)
  (* assumed: mean noise: χ̄ is the mean of n noises *)
  (H_mean_noise : norm2_chi_bar = V n / (INR n) ^ 2)
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') *)
  (H_empty_sum : V O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') *)
  (H_so_far : forall k : nat, V k = (norm2_Z k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') *)
  (H_one_more : forall k : nat, V (S k) = (norm2_Z k) + (norm2_xi k) + 2 * (Z_dot_xi k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') *)
  (H_unbiased_against_Z : forall k : nat, (Z_dot_xi k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') *)
  (H_variance : forall k : nat, (norm2_xi k) <= sigma2)
  (* squared norm: ‖u‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_u2_sign : 0 <= norm2_u)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of u') *)
  (H_mean : b_dot_m = norm2_f)
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of u') *)
  (H_square : 0 <= norm2_u + norm2_f - 2 * b_dot_m)
  (* assumed: smoothness: every F_i is L-smooth *)
  (H_smoothness_ : norm2_u <= norm2_w * L ^ 2)
  (* assumed: the spread: D is the mean of ‖x_i − x̄‖² *)
  (H_the_spread : D = norm2_w)
  (* assumed: drift of the mean: theorem column_drift *)
  (H_drift_of_the_mean : norm2_m <= D * kappa)
  (* squared norm: a squared norm: ‖-f*η + m - η*∇F‖² *)
  (H_square_ : 0 <= norm2_f * eta ^ 2 + norm2_gradF * eta ^ 2 + 2 * f_dot_gradF * eta ^ 2 + norm2_m
      - 2 * eta * f_dot_m - 2 * eta * m_dot_gradF)
  (* squared norm: a squared norm: ‖f*η + m‖² *)
  (H_square_2 : 0 <= norm2_f * eta ^ 2 + 2 * eta * f_dot_m + norm2_m)
  : F_next <= D * (eta * L ^ 2 + kappa / eta) + F + L * sigma2 * eta ^ 2 / (2 * INR n) - eta *
      norm2_gradF / 2.
Proof.
  pose proof (pos_INR n).
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / (L * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / (L * eta)) * (1 - (L * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_eta : eta = 1 / (L * (s_slack + 1))).
  { rewrite ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= F + L * (norm2_f * eta ^ 2 + norm2_chi_bar * eta ^ 2 + norm2_gradF * eta ^ 2
      + 2 * f_dot_chi_bar * eta ^ 2 + 2 * f_dot_gradF * eta ^ 2 + 2 * chi_bar_dot_gradF * eta ^ 2 +
      norm2_m - 2 * eta * f_dot_m - 2 * eta * m_dot_chi_bar - 2 * eta * m_dot_gradF) / 2 +
      m_dot_gradF - (F_next + eta * norm2_gradF + eta * f_dot_gradF + eta * chi_bar_dot_gradF)).
  { exact (room _ _ H_smoothness). }
  assert (fact_2 : chi_bar_dot_gradF - 0 = 0).
  { exact (same _ _ H_unbiased_against_gradF). }
  assert (part_2 := times_zero (- eta * (L * eta - 1)) _ fact_2).
  assert (fact_3 : f_dot_chi_bar - 0 = 0).
  { exact (same _ _ H_unbiased_against_f). }
  assert (part_3 := times_zero (- L * eta ^ 2) _ fact_3).
  assert (fact_4 : m_dot_chi_bar - 0 = 0).
  { exact (same _ _ H_unbiased_against_m). }
  assert (part_4 := times_zero (L * eta) _ fact_4).
  assert (fact_5 : norm2_chi_bar - (V n / (INR n) ^ 2) = 0).
  { exact (same _ _ H_mean_noise). }
  assert (part_5 := times_zero (- L * eta ^ 2 / 2) _ fact_5).
  assert (fact_6 : 0 <= INR n * sigma2 - (V n)).
  { apply room.
  refine ((batch_sum sigma2 norm2_Z norm2_xi Z_dot_xi V _ H_empty_sum H_so_far H_one_more
      H_unbiased_against_Z H_variance n)).
  { generalize sigma2_sign. cbn [INR]. lra. } }
  assert (multiplier_6 : 0 <= L * eta ^ 2 / (2 * (INR n) ^ 2)).
  { rewrite ?chart_eta. written ((1 / 2) / (L * (INR n) ^ 2 * (s_slack + 1) ^ 2)). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  assert (fact_7 : 0 <= norm2_u - norm2_f).
  { apply room.
  refine ((mean_over_clients norm2_u norm2_f b_dot_m _ H_mean H_square)).
  { pose proof H_u2_sign. rewrite ?chart_eta. written ((norm2_u)). sign. } }
  assert (multiplier_7 : 0 <= eta).
  { rewrite ?chart_eta. written (1 / (L * (s_slack + 1))). sign. }
  assert (part_7 := Rmult_le_pos _ _ multiplier_7 fact_7).
  assert (fact_8 : 0 <= norm2_w * L ^ 2 - norm2_u).
  { exact (room _ _ H_smoothness_). }
  assert (multiplier_8 : 0 <= eta).
  { rewrite ?chart_eta. written (1 / (L * (s_slack + 1))). sign. }
  assert (part_8 := Rmult_le_pos _ _ multiplier_8 fact_8).
  assert (fact_9 : D - norm2_w = 0).
  { exact (same _ _ H_the_spread). }
  assert (part_9 := times_zero (eta * L ^ 2) _ fact_9).
  assert (fact_10 : 0 <= D * kappa - norm2_m).
  { exact (room _ _ H_drift_of_the_mean). }
  assert (multiplier_10 : 0 <= 1 / eta).
  { rewrite ?chart_eta. written (L * (s_slack + 1)). sign. }
  assert (part_10 := Rmult_le_pos _ _ multiplier_10 fact_10).
  assert (fact_11 : 0 <= norm2_f * eta ^ 2 + norm2_gradF * eta ^ 2 + 2 * f_dot_gradF * eta ^ 2 +
      norm2_m - 2 * eta * f_dot_m - 2 * eta * m_dot_gradF).
  { exact H_square_. }
  assert (multiplier_11 : 0 <= - (L * eta - 1) / (2 * eta)).
  { rewrite ?chart_eta. written ((1 / 2) * L * s_slack). sign. }
  assert (part_11 := Rmult_le_pos _ _ multiplier_11 fact_11).
  assert (fact_12 : 0 <= norm2_f * eta ^ 2 + 2 * eta * f_dot_m + norm2_m).
  { exact H_square_2. }
  assert (multiplier_12 : 0 <= 1 / (2 * eta)).
  { rewrite ?chart_eta. written ((1 / 2) * L * (s_slack + 1)). sign. }
  assert (part_12 := Rmult_le_pos _ _ multiplier_12 fact_12).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F + L * (norm2_f * eta ^ 2 + norm2_chi_bar *
      eta ^ 2 + norm2_gradF * eta ^ 2 + 2 * f_dot_chi_bar * eta ^ 2 + 2 * f_dot_gradF * eta ^ 2 + 2
      * chi_bar_dot_gradF * eta ^ 2 + norm2_m - 2 * eta * f_dot_m - 2 * eta * m_dot_chi_bar - 2 *
      eta * m_dot_gradF) / 2 + m_dot_gradF - (F_next + eta * norm2_gradF + eta * f_dot_gradF + eta *
      chi_bar_dot_gradF)) + (- eta * (L * eta - 1)) * (chi_bar_dot_gradF - 0) + (- L * eta ^ 2) *
      (f_dot_chi_bar - 0) + (L * eta) * (m_dot_chi_bar - 0) + (- L * eta ^ 2 / 2) * (norm2_chi_bar -
      (V n / (INR n) ^ 2)) + (L * eta ^ 2 / (2 * (INR n) ^ 2)) * (INR n * sigma2 - (V n)) + eta *
      (norm2_u - norm2_f) + eta * (norm2_w * L ^ 2 - norm2_u) + (eta * L ^ 2) * (D - norm2_w) + (1 /
      eta) * (D * kappa - norm2_m) + (- (L * eta - 1) / (2 * eta)) * (norm2_f * eta ^ 2 +
      norm2_gradF * eta ^ 2 + 2 * f_dot_gradF * eta ^ 2 + norm2_m - 2 * eta * f_dot_m - 2 * eta *
      m_dot_gradF) + (1 / (2 * eta)) * (norm2_f * eta ^ 2 + 2 * eta * f_dot_m + norm2_m)) by
      identity end.
  parts.
  }
Qed.

Print Assumptions leader_descent.
