(* Workers that follow leaders reach a small gradient, up to the drift of their mean. *)
(* F = (1/n) Σ F_i, every F_i is L-smooth; worker i is at x_i, D = (1/n) Σ ‖x_i − x̄‖²; X⁺ = PX −
    ηG, P row-stochastic and fixed before the noise of the round; noises have mean 0 given the past,
    variance at most σ² and are independent across workers; epochs through shuffled data are not
    covered; (PX)_i less its mean has (1/n) Σ ‖·‖² <= r²D, the mean moves by m with ‖m‖² <= κD;
    workers start equal. S(T) = Σ_{t<T} E‖∇F(x_t)‖², E(T) = E F(x_T) − F_inf at the mean x̄, D(T)
    the spread; A = (8/7)(ηL² + κ/η)/(1 − r), c = η/2. *)
(* Reference: theorems leader_spread and leader_descent, for matrices as those of He, Wang,
    Choromanska (AL-DSGD, 2024). *)

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
Lemma leader_descent
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

(* Following leaders, then stepping, contracts the spread of the workers *)
Lemma leader_spread
  (L : R) (* the smoothness L *)
  (r : R) (* r with (1/n) Σ ‖(PX)_i − mean‖² <= r²D in every round: at least the greatest singular
      value of (I − J)P(I − J) *)
  (eta : R) (* the step size η *)
  (sigma2 : R) (* the variance σ² of the step *)
  (zeta2 : R) (* ζ², mean ‖∇F_i − ∇F‖² at most *)
  (D : R) (* D = (1/n) Σ ‖x_i − x̄‖² *)
  (D_next : R) (* D⁺ *)
  (norm2_b : R) (* ‖b‖² *)
  (norm2_c : R) (* ‖c‖² *)
  (norm2_h : R) (* ‖h‖² *)
  (norm2_yW : R) (* ‖yW‖² *)
  (norm2_y : R) (* ‖y‖² *)
  (norm2_xi : R) (* ‖ξ‖² *)
  (norm2_chi : R) (* ‖χ‖² *)
  (c_dot_h : R) (* ⟨c,h⟩ *)
  (c_dot_yW : R) (* ⟨c,yW⟩ *)
  (c_dot_xi : R) (* ⟨c,ξ⟩ *)
  (h_dot_yW : R) (* ⟨h,yW⟩ *)
  (h_dot_xi : R) (* ⟨h,ξ⟩ *)
  (yW_dot_xi : R) (* ⟨yW,ξ⟩ *)
  (norm2_m : R) (* ‖m‖² *)
  (b_dot_m : R) (* ⟨b,m⟩ *)
  (norm2_m_ : R) (* ‖m‖² *)
  (b_dot_m_ : R) (* ⟨b,m⟩ *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: r with (1/n) Σ ‖(PX)_i − mean‖² <= r²D in every round: at least the greatest singular
      value of (I − J)P(I − J) *)
  (r_sign : 0 < r)
  (* range: the step size η *)
  (eta_sign : 0 < eta)
  (* range: the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* range: ζ², mean ‖∇F_i − ∇F‖² at most *)
  (zeta2_sign : 0 <= zeta2)
  (* range: D = (1/n) Σ ‖x_i − x̄‖² *)
  (D_sign : 0 <= D)
  (* condition: r < 1 *)
  (in_range_r_1 : r < 1)
  (* condition: 4ηL <= 1 − r *)
  (in_range_4etaL_1_r : 4 * L * eta <= 1 - r)
  (* assumed: the spread: D is the mean of ‖y_i‖² *)
  (H_the_spread : D = norm2_y)
  (* squared norm: ‖b‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_b2_sign : 0 <= norm2_b)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'c
      is b less its mean') *)
  (H_mean : b_dot_m = norm2_m)
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'c is b less its mean') *)
  (H_square : 0 <= norm2_m)
  (* what is bounded: 'c is b less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² *)
  (H_c_is_b_less_its_mean_link : norm2_c = norm2_b + norm2_m - 2 * b_dot_m)
  (* assumed: smoothness: every F_i is L-smooth *)
  (H_smoothness : norm2_b <= norm2_y * L ^ 2)
  (* assumed: dissimilarity: (1/n) Σ ‖∇F_i(x̄) − ∇F(x̄)‖² <= ζ² *)
  (H_dissimilarity : norm2_h <= zeta2)
  (* squared norm: ‖χ‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_chi2_sign : 0 <= norm2_chi)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'ξ
      is χ less its mean') *)
  (H_mean_ : b_dot_m_ = norm2_m_)
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'ξ is χ less its mean') *)
  (H_square_ : 0 <= norm2_m_)
  (* what is bounded: 'ξ is χ less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² *)
  (H_xi_is_chi_less_its_mean_link : norm2_xi = norm2_chi + norm2_m_ - 2 * b_dot_m_)
  (* assumed: variance: noise of variance at most σ² at every worker *)
  (H_variance : norm2_chi <= sigma2)
  (* assumed: unbiased, against yW: ξ has mean zero and yW is fixed before the draw *)
  (H_unbiased_against_yW : yW_dot_xi = 0)
  (* assumed: unbiased, against c + h: ξ has mean zero and c + h is fixed before the draw *)
  (H_unbiased_against_c_h : c_dot_xi + h_dot_xi = 0)
  (* assumed: contraction: (1/n) Σ ‖yW‖² <= r²D *)
  (H_contraction : norm2_yW <= D * r ^ 2)
  (* assumed: the new spread: D⁺ is the mean of ‖x_i⁺ − x̄⁺‖² *)
  (H_the_new_spread : D_next + 2 * eta * c_dot_yW + 2 * eta * h_dot_yW + 2 * eta * yW_dot_xi =
      norm2_c * eta ^ 2 + norm2_h * eta ^ 2 + norm2_xi * eta ^ 2 + 2 * c_dot_h * eta ^ 2 + 2 *
      c_dot_xi * eta ^ 2 + 2 * h_dot_xi * eta ^ 2 + norm2_yW)
  (* squared norm: a squared norm: ‖c*r*η + h*r*η + yW*(1 - r)‖² *)
  (H_square_2 : 0 <= norm2_c * r ^ 2 * eta ^ 2 + norm2_h * r ^ 2 * eta ^ 2 + 2 * c_dot_h * r ^ 2 *
      eta ^ 2 + 2 * r * eta * c_dot_yW * (1 - r) + 2 * r * eta * h_dot_yW * (1 - r) + norm2_yW * (1
      - r) ^ 2)
  (* squared norm: a squared norm: ‖c - h‖² *)
  (H_square_3 : 0 <= norm2_c + norm2_h - 2 * c_dot_h)
  : D_next <= D * (7 * r / 8 + 1 / 8) + eta ^ 2 * (2 * zeta2 / (1 - r) + sigma2).
Proof.
  assert (exists k_slack, 0 < k_slack /\ k_slack = 1 / r - 1)
    as [k_slack [k_slack_sign k_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / r) * (1 - r)).
    apply Rmult_lt_0_compat; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = (1 - r) / (4 * L * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 4) / (L * eta)) * (1 - r - (4 * L * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_r : r = 1 / (k_slack + 1)).
  { rewrite ?k_slack_def. identity. }
  assert (chart_eta : eta = k_slack / (4 * L * (k_slack + 1) * (s_slack + 1))).
  { rewrite ?k_slack_def, ?s_slack_def. identity. }
  {
  assert (fact_1 : D - norm2_y = 0).
  { exact (same _ _ H_the_spread). }
  assert (part_1 := times_zero (- 2 * L ^ 2 * eta ^ 2 / (r - 1)) _ fact_1).
  assert (fact_2 : 0 <= norm2_b - norm2_c).
  { apply (linked _ _ _ H_c_is_b_less_its_mean_link).
  refine ((centred norm2_b norm2_m b_dot_m _ H_mean H_square)).
  { pose proof H_b2_sign. rewrite ?chart_r, ?chart_eta. written ((norm2_b)). sign. } }
  assert (multiplier_2 : 0 <= - 2 * eta ^ 2 / (r - 1)).
  { rewrite ?chart_r, ?chart_eta. written ((1 / 8) * k_slack / ((k_slack + 1) * L ^ 2 * (s_slack +
      1) ^ 2)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= norm2_y * L ^ 2 - norm2_b).
  { exact (room _ _ H_smoothness). }
  assert (multiplier_3 : 0 <= - 2 * eta ^ 2 / (r - 1)).
  { rewrite ?chart_r, ?chart_eta. written ((1 / 8) * k_slack / ((k_slack + 1) * L ^ 2 * (s_slack +
      1) ^ 2)). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= zeta2 - norm2_h).
  { exact (room _ _ H_dissimilarity). }
  assert (multiplier_4 : 0 <= - 2 * eta ^ 2 / (r - 1)).
  { rewrite ?chart_r, ?chart_eta. written ((1 / 8) * k_slack / ((k_slack + 1) * L ^ 2 * (s_slack +
      1) ^ 2)). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (fact_5 : 0 <= norm2_chi - norm2_xi).
  { apply (linked _ _ _ H_xi_is_chi_less_its_mean_link).
  refine ((centred norm2_chi norm2_m_ b_dot_m_ _ H_mean_ H_square_)).
  { pose proof H_chi2_sign. rewrite ?chart_r, ?chart_eta. written ((norm2_chi)). sign. } }
  assert (multiplier_5 : 0 <= eta ^ 2).
  { rewrite ?chart_r, ?chart_eta. written ((1 / 16) * k_slack ^ 2 / ((k_slack + 1) ^ 2 * L ^ 2 *
      (s_slack + 1) ^ 2)). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (fact_6 : 0 <= sigma2 - norm2_chi).
  { exact (room _ _ H_variance). }
  assert (multiplier_6 : 0 <= eta ^ 2).
  { rewrite ?chart_r, ?chart_eta. written ((1 / 16) * k_slack ^ 2 / ((k_slack + 1) ^ 2 * L ^ 2 *
      (s_slack + 1) ^ 2)). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  assert (fact_7 : yW_dot_xi - 0 = 0).
  { exact (same _ _ H_unbiased_against_yW). }
  assert (part_7 := times_zero (2 * eta) _ fact_7).
  assert (fact_8 : c_dot_xi + h_dot_xi - 0 = 0).
  { exact (same _ _ H_unbiased_against_c_h). }
  assert (part_8 := times_zero (- 2 * eta ^ 2) _ fact_8).
  assert (fact_9 : 0 <= D * r ^ 2 - norm2_yW).
  { exact (room _ _ H_contraction). }
  assert (multiplier_9 : 0 <= 1 / r).
  { rewrite ?chart_r, ?chart_eta. written ((k_slack + 1)). sign. }
  assert (part_9 := Rmult_le_pos _ _ multiplier_9 fact_9).
  assert (fact_10 : D_next + 2 * eta * c_dot_yW + 2 * eta * h_dot_yW + 2 * eta * yW_dot_xi -
      (norm2_c * eta ^ 2 + norm2_h * eta ^ 2 + norm2_xi * eta ^ 2 + 2 * c_dot_h * eta ^ 2 + 2 *
      c_dot_xi * eta ^ 2 + 2 * h_dot_xi * eta ^ 2 + norm2_yW) = 0).
  { exact (same _ _ H_the_new_spread). }
  assert (part_10 := times_zero (- 1) _ fact_10).
  assert (fact_11 : 0 <= D * ((1 - r) ^ 2 - 16 * L ^ 2 * eta ^ 2) / (1 - r)).
  { rewrite ?chart_r, ?chart_eta. written (D * k_slack * s_slack * (s_slack + 2) / ((k_slack + 1) *
      (s_slack + 1) ^ 2)). sign. }
  assert (multiplier_11 : 0 <= 1 / 8).
  { rewrite ?chart_r, ?chart_eta. written ((1 / 8)). sign. }
  assert (part_11 := Rmult_le_pos _ _ multiplier_11 fact_11).
  assert (fact_12 : 0 <= norm2_c * r ^ 2 * eta ^ 2 + norm2_h * r ^ 2 * eta ^ 2 + 2 * c_dot_h * r ^ 2
      * eta ^ 2 + 2 * r * eta * c_dot_yW * (1 - r) + 2 * r * eta * h_dot_yW * (1 - r) + norm2_yW *
      (1 - r) ^ 2).
  { exact H_square_2. }
  assert (multiplier_12 : 0 <= - 1 / (r * (r - 1))).
  { rewrite ?chart_r, ?chart_eta. written ((k_slack + 1) ^ 2 / k_slack). sign. }
  assert (part_12 := Rmult_le_pos _ _ multiplier_12 fact_12).
  assert (fact_13 : 0 <= norm2_c + norm2_h - 2 * c_dot_h).
  { exact H_square_3. }
  assert (multiplier_13 : 0 <= - eta ^ 2 / (r - 1)).
  { rewrite ?chart_r, ?chart_eta. written ((1 / 16) * k_slack / ((k_slack + 1) * L ^ 2 * (s_slack +
      1) ^ 2)). sign. }
  assert (part_13 := Rmult_le_pos _ _ multiplier_13 fact_13).
  assert (0 < 1 - r).
  { rewrite ?chart_r, ?chart_eta. written (k_slack / (k_slack + 1)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- 2 * L ^ 2 * eta ^ 2 / (r - 1)) * (D -
      norm2_y) + (- 2 * eta ^ 2 / (r - 1)) * (norm2_b - norm2_c) + (- 2 * eta ^ 2 / (r - 1)) *
      (norm2_y * L ^ 2 - norm2_b) + (- 2 * eta ^ 2 / (r - 1)) * (zeta2 - norm2_h) + (eta ^ 2) *
      (norm2_chi - norm2_xi) + (eta ^ 2) * (sigma2 - norm2_chi) + (2 * eta) * (yW_dot_xi - 0) + (- 2
      * eta ^ 2) * (c_dot_xi + h_dot_xi - 0) + (1 / r) * (D * r ^ 2 - norm2_yW) + (- 1) * (D_next +
      2 * eta * c_dot_yW + 2 * eta * h_dot_yW + 2 * eta * yW_dot_xi - (norm2_c * eta ^ 2 + norm2_h *
      eta ^ 2 + norm2_xi * eta ^ 2 + 2 * c_dot_h * eta ^ 2 + 2 * c_dot_xi * eta ^ 2 + 2 * h_dot_xi *
      eta ^ 2 + norm2_yW)) + (1 / 8) * (D * ((1 - r) ^ 2 - 16 * L ^ 2 * eta ^ 2) / (1 - r)) + (- 1 /
      (r * (r - 1))) * (norm2_c * r ^ 2 * eta ^ 2 + norm2_h * r ^ 2 * eta ^ 2 + 2 * c_dot_h * r ^ 2
      * eta ^ 2 + 2 * r * eta * c_dot_yW * (1 - r) + 2 * r * eta * h_dot_yW * (1 - r) + norm2_yW *
      (1 - r) ^ 2) + (- eta ^ 2 / (r - 1)) * (norm2_c + norm2_h - 2 * c_dot_h)) by identity end.
  parts.
  }
Qed.

(* Workers that follow leaders reach a small gradient, up to the drift of their mean: the sum over
    rounds *)
Lemma leaders_sum
  (L : R) (* the smoothness L *)
  (r : R) (* r with (1/n) Σ ‖(PX)_i − mean‖² <= r²D in every round: at least the greatest singular
      value of (I − J)P(I − J) *)
  (eta : R) (* the step size η *)
  (sigma2 : R) (* the variance σ² of the step *)
  (zeta2 : R) (* ζ², mean ‖∇F_i − ∇F‖² at most *)
  (n : nat) (* the workers n *)
  (kappa : R) (* κ, at least n times the squared column drift of P, in every round *)
  (F0 : R) (* F(x_0) − F_inf *)
  (D : nat -> R) (*  *)
  (E : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (g : nat -> R) (*  *)
  (norm2_f : nat -> R) (* ‖f‖² *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_u : nat -> R) (* ‖u‖² *)
  (norm2_w : nat -> R) (* ‖w‖² *)
  (norm2_chi_bar : nat -> R) (* ‖χ̄‖² *)
  (f_dot_m : nat -> R) (* ⟨f,m⟩ *)
  (f_dot_chi_bar : nat -> R) (* ⟨f,χ̄⟩ *)
  (f_dot_gradF : nat -> R) (* ⟨f,∇F⟩ *)
  (m_dot_chi_bar : nat -> R) (* ⟨m,χ̄⟩ *)
  (m_dot_gradF : nat -> R) (* ⟨m,∇F⟩ *)
  (chi_bar_dot_gradF : nat -> R) (* ⟨χ̄,∇F⟩ *)
  (V : nat -> nat -> R) (*  *)
  (norm2_Z : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi : nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi : nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (b_dot_m : nat -> R) (* ⟨b,m⟩ *)
  (norm2_b : nat -> R) (* ‖b‖² *)
  (norm2_c : nat -> R) (* ‖c‖² *)
  (norm2_h : nat -> R) (* ‖h‖² *)
  (norm2_yW : nat -> R) (* ‖yW‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (norm2_xi_ : nat -> R) (* ‖ξ‖² *)
  (norm2_chi : nat -> R) (* ‖χ‖² *)
  (c_dot_h : nat -> R) (* ⟨c,h⟩ *)
  (c_dot_yW : nat -> R) (* ⟨c,yW⟩ *)
  (c_dot_xi : nat -> R) (* ⟨c,ξ⟩ *)
  (h_dot_yW : nat -> R) (* ⟨h,yW⟩ *)
  (h_dot_xi : nat -> R) (* ⟨h,ξ⟩ *)
  (yW_dot_xi : nat -> R) (* ⟨yW,ξ⟩ *)
  (norm2_m_ : nat -> R) (* ‖m‖² *)
  (b_dot_m_ : nat -> R) (* ⟨b,m⟩ *)
  (norm2_m_2 : nat -> R) (* ‖m‖² *)
  (b_dot_m_2 : nat -> R) (* ⟨b,m⟩ *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: r with (1/n) Σ ‖(PX)_i − mean‖² <= r²D in every round: at least the greatest singular
      value of (I − J)P(I − J) *)
  (r_sign : 0 < r)
  (* range: the step size η *)
  (eta_sign : 0 < eta)
  (* range: the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* range: ζ², mean ‖∇F_i − ∇F‖² at most *)
  (zeta2_sign : 0 <= zeta2)
  (* range: the workers n *)
  (n_sign : 0 < INR n)
  (* range: κ, at least n times the squared column drift of P, in every round *)
  (kappa_sign : 0 <= kappa)
  (* range: F(x_0) − F_inf *)
  (F0_sign : 0 <= F0)
  (* condition: r < 1 *)
  (in_range_r_1 : r < 1)
  (* condition: ηL <= 1 *)
  (in_range_etaL_1 : L * eta <= 1)
  (* condition: 4ηL <= 1 − r *)
  (in_range_4etaL_1_r : 4 * L * eta <= 1 - r)
  (* condition: n >= 1 *)
  (in_range_n_1 : 1 <= INR n)
  (* assumed: start: F(x_0) − F_inf is at most F₀ *)
  (H_start : E O <= F0)
  (* assumed: equal start: workers start equal *)
  (H_equal_start : D O = 0)
  (* assumed: no gradient yet: S(0) is an empty sum *)
  (H_no_gradient_yet : S_ O = 0)
  (* squared norm: E(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_E_T_sign : forall T : nat, 0 <= E T)
  (* squared norm: g(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_g_T_sign : forall T : nat, 0 <= g T)
  (* squared norm: D(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_D_T_sign : forall T : nat, 0 <= D T)
  (* assumed: smoothness: descent lemma, F is L-smooth (of theorem leader_descent, cited for
      'leader_descent') *)
  (H_smoothness : forall T : nat, (E (S T)) + eta * (g T) + eta * (f_dot_gradF T) + eta *
      (chi_bar_dot_gradF T) <= (E T) + L * ((norm2_f T) * eta ^ 2 + (norm2_chi_bar T) * eta ^ 2 + (g
      T) * eta ^ 2 + 2 * (f_dot_chi_bar T) * eta ^ 2 + 2 * (f_dot_gradF T) * eta ^ 2 + 2 *
      (chi_bar_dot_gradF T) * eta ^ 2 + (norm2_m T) - 2 * eta * (f_dot_m T) - 2 * eta *
      (m_dot_chi_bar T) - 2 * eta * (m_dot_gradF T)) / 2 + (m_dot_gradF T))
  (* assumed: unbiased, against ∇F: χ̄ has mean zero and ∇F is fixed before the draw (of theorem
      leader_descent, cited for 'leader_descent') *)
  (H_unbiased_against_gradF : forall T : nat, (chi_bar_dot_gradF T) = 0)
  (* assumed: unbiased, against f: χ̄ has mean zero and f is fixed before the draw (of theorem
      leader_descent, cited for 'leader_descent') *)
  (H_unbiased_against_f : forall T : nat, (f_dot_chi_bar T) = 0)
  (* assumed: unbiased, against m: χ̄ has mean zero and m is fixed before the draw (of theorem
      leader_descent, cited for 'leader_descent') *)
  (H_unbiased_against_m : forall T : nat, (m_dot_chi_bar T) = 0)
  (* assumed: mean noise: χ̄ is the mean of n noises (of theorem leader_descent, cited for
      'leader_descent') *)
  (H_mean_noise : forall T : nat, (norm2_chi_bar T) = (V T) n / (INR n) ^ 2)
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem leader_descent, cited for 'leader_descent') *)
  (H_empty_sum : forall T : nat, (V T) O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem leader_descent, cited for 'leader_descent') *)
  (H_so_far : forall T : nat, forall k : nat, (V T) k = ((norm2_Z T) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem leader_descent, cited for 'leader_descent') *)
  (H_one_more : forall T : nat, forall k : nat, (V T) (S k) = ((norm2_Z T) k) + ((norm2_xi T) k) + 2
      * ((Z_dot_xi T) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem leader_descent, cited for 'leader_descent') *)
  (H_unbiased_against_Z : forall T : nat, forall k : nat, ((Z_dot_xi T) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem leader_descent, cited for 'leader_descent') *)
  (H_variance : forall T : nat, forall k : nat, ((norm2_xi T) k) <= sigma2)
  (* squared norm: ‖u‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem leader_descent, cited for 'leader_descent') *)
  (H_u2_sign : forall T : nat, 0 <= (norm2_u T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of u') (of theorem leader_descent, cited for 'leader_descent') *)
  (H_mean : forall T : nat, (b_dot_m T) = (norm2_f T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of u')
      (of theorem leader_descent, cited for 'leader_descent') *)
  (H_square : forall T : nat, 0 <= (norm2_u T) + (norm2_f T) - 2 * (b_dot_m T))
  (* assumed: smoothness: every F_i is L-smooth (of theorem leader_descent, cited for
      'leader_descent') *)
  (H_smoothness_ : forall T : nat, (norm2_u T) <= (norm2_w T) * L ^ 2)
  (* assumed: the spread: D is the mean of ‖x_i − x̄‖² (of theorem leader_descent, cited for
      'leader_descent') *)
  (H_the_spread : forall T : nat, (D T) = (norm2_w T))
  (* assumed: drift of the mean: theorem column_drift (of theorem leader_descent, cited for
      'leader_descent') *)
  (H_drift_of_the_mean : forall T : nat, (norm2_m T) <= (D T) * kappa)
  (* squared norm: a squared norm: ‖-f*η + m - η*∇F‖² (of theorem leader_descent, cited for
      'leader_descent') *)
  (H_square_ : forall T : nat, 0 <= (norm2_f T) * eta ^ 2 + (g T) * eta ^ 2 + 2 * (f_dot_gradF T) *
      eta ^ 2 + (norm2_m T) - 2 * eta * (f_dot_m T) - 2 * eta * (m_dot_gradF T))
  (* squared norm: a squared norm: ‖f*η + m‖² (of theorem leader_descent, cited for
      'leader_descent') *)
  (H_square_2 : forall T : nat, 0 <= (norm2_f T) * eta ^ 2 + 2 * eta * (f_dot_m T) + (norm2_m T))
  (* assumed: the spread: D is the mean of ‖y_i‖² (of theorem leader_spread, cited for
      'leader_spread') *)
  (H_the_spread_ : forall T : nat, (D T) = (norm2_y T))
  (* squared norm: ‖b‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem leader_spread, cited for 'leader_spread') *)
  (H_b2_sign : forall T : nat, 0 <= (norm2_b T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'c
      is b less its mean') (of theorem leader_spread, cited for 'leader_spread') *)
  (H_mean_ : forall T : nat, (b_dot_m_ T) = (norm2_m_ T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'c is b less its mean') (of
      theorem leader_spread, cited for 'leader_spread') *)
  (H_square_3 : forall T : nat, 0 <= (norm2_m_ T))
  (* what is bounded: 'c is b less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem leader_spread, cited for 'leader_spread') *)
  (H_c_is_b_less_its_mean_link : forall T : nat, (norm2_c T) = (norm2_b T) + (norm2_m_ T) - 2 *
      (b_dot_m_ T))
  (* assumed: smoothness: every F_i is L-smooth (of theorem leader_spread, cited for
      'leader_spread') *)
  (H_smoothness_2 : forall T : nat, (norm2_b T) <= (norm2_y T) * L ^ 2)
  (* assumed: dissimilarity: (1/n) Σ ‖∇F_i(x̄) − ∇F(x̄)‖² <= ζ² (of theorem leader_spread, cited for
      'leader_spread') *)
  (H_dissimilarity : forall T : nat, (norm2_h T) <= zeta2)
  (* squared norm: ‖χ‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem leader_spread, cited for 'leader_spread') *)
  (H_chi2_sign : forall T : nat, 0 <= (norm2_chi T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'ξ
      is χ less its mean') (of theorem leader_spread, cited for 'leader_spread') *)
  (H_mean_2 : forall T : nat, (b_dot_m_2 T) = (norm2_m_2 T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'ξ is χ less its mean') (of
      theorem leader_spread, cited for 'leader_spread') *)
  (H_square_4 : forall T : nat, 0 <= (norm2_m_2 T))
  (* what is bounded: 'ξ is χ less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem leader_spread, cited for 'leader_spread') *)
  (H_xi_is_chi_less_its_mean_link : forall T : nat, (norm2_xi_ T) = (norm2_chi T) + (norm2_m_2 T) -
      2 * (b_dot_m_2 T))
  (* assumed: variance: noise of variance at most σ² at every worker (of theorem leader_spread,
      cited for 'leader_spread') *)
  (H_variance_ : forall T : nat, (norm2_chi T) <= sigma2)
  (* assumed: unbiased, against yW: ξ has mean zero and yW is fixed before the draw (of theorem
      leader_spread, cited for 'leader_spread') *)
  (H_unbiased_against_yW : forall T : nat, (yW_dot_xi T) = 0)
  (* assumed: unbiased, against c + h: ξ has mean zero and c + h is fixed before the draw (of
      theorem leader_spread, cited for 'leader_spread') *)
  (H_unbiased_against_c_h : forall T : nat, (c_dot_xi T) + (h_dot_xi T) = 0)
  (* assumed: contraction: (1/n) Σ ‖yW‖² <= r²D (of theorem leader_spread, cited for
      'leader_spread') *)
  (H_contraction : forall T : nat, (norm2_yW T) <= (D T) * r ^ 2)
  (* assumed: the new spread: D⁺ is the mean of ‖x_i⁺ − x̄⁺‖² (of theorem leader_spread, cited for
      'leader_spread') *)
  (H_the_new_spread : forall T : nat, (D (S T)) + 2 * eta * (c_dot_yW T) + 2 * eta * (h_dot_yW T) +
      2 * eta * (yW_dot_xi T) = (norm2_c T) * eta ^ 2 + (norm2_h T) * eta ^ 2 + (norm2_xi_ T) * eta
      ^ 2 + 2 * (c_dot_h T) * eta ^ 2 + 2 * (c_dot_xi T) * eta ^ 2 + 2 * (h_dot_xi T) * eta ^ 2 +
      (norm2_yW T))
  (* squared norm: a squared norm: ‖c*r*η + h*r*η + yW*(1 - r)‖² (of theorem leader_spread, cited
      for 'leader_spread') *)
  (H_square_2_ : forall T : nat, 0 <= (norm2_c T) * r ^ 2 * eta ^ 2 + (norm2_h T) * r ^ 2 * eta ^ 2
      + 2 * (c_dot_h T) * r ^ 2 * eta ^ 2 + 2 * r * eta * (c_dot_yW T) * (1 - r) + 2 * r * eta *
      (h_dot_yW T) * (1 - r) + (norm2_yW T) * (1 - r) ^ 2)
  (* squared norm: a squared norm: ‖c - h‖² (of theorem leader_spread, cited for 'leader_spread') *)
  (H_square_3_ : forall T : nat, 0 <= (norm2_c T) + (norm2_h T) - 2 * (c_dot_h T))
  (* assumed: one more gradient: S(T + 1) adds E‖∇F(x_T)‖² *)
  (H_one_more_gradient : forall T : nat, S_ (S T) = S_ T + g T)
  : forall T : nat, eta * S_ T / 2 + E T + (8 * eta * L ^ 2 / 7 + 8 * kappa / (7 * eta)) * D T / (1
      - r) <= F0 + INR T * (L * sigma2 * eta ^ 2 / (2 * INR n) + eta ^ 2 * (2 * zeta2 / (1 - r) +
      sigma2) * (8 * eta * L ^ 2 / 7 + 8 * kappa / (7 * eta)) / (1 - r)).
Proof.
  pose proof (pos_INR n).
  assert (exists k_slack, 0 < k_slack /\ k_slack = 1 / r - 1)
    as [k_slack [k_slack_sign k_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / r) * (1 - r)).
    apply Rmult_lt_0_compat; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = (1 - r) / (4 * L * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 4) / (L * eta)) * (1 - r - (4 * L * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_r : r = 1 / (k_slack + 1)).
  { rewrite ?k_slack_def. identity. }
  assert (chart_eta : eta = k_slack / (4 * L * (k_slack + 1) * (s_slack + 1))).
  { rewrite ?k_slack_def, ?s_slack_def. identity. }
  assert (every : forall T : nat, eta * S_ T / 2 + E T + (8 * eta * L ^ 2 / 7 + 8 * kappa / (7 *
      eta)) * D T / (1 - r) <= F0 + INR T * (L * sigma2 * eta ^ 2 / (2 * INR n) + eta ^ 2 * (2 *
      zeta2 / (1 - r) + sigma2) * (8 * eta * L ^ 2 / 7 + 8 * kappa / (7 * eta)) / (1 - r))).
  { intro T. induction T as [| T hypothesis].
  - (* base, T = 0 *) assert (goal : eta * S_ O / 2 + E O + (8 * eta * L ^ 2 / 7 + 8 * kappa / (7 *
      eta)) * D O / (1 - r) <= F0 + 0 * (L * sigma2 * eta ^ 2 / (2 * INR n) + eta ^ 2 * (2 * zeta2 /
      (1 - r) + sigma2) * (8 * eta * L ^ 2 / 7 + 8 * kappa / (7 * eta)) / (1 - r))).
  {
  pose proof (H_u2_sign O).
  pose proof (H_b2_sign O).
  pose proof (H_chi2_sign O).
  assert (fact_1 : 0 <= F0 - (E O)).
  { exact (room _ _ H_start). }
  assert (fact_2 : D O - 0 = 0).
  { exact (same _ _ H_equal_start). }
  assert (part_2 := times_zero (8 * (L ^ 2 * eta ^ 2 + kappa) / (7 * eta * (r - 1))) _ fact_2).
  assert (fact_3 : S_ O - 0 = 0).
  { exact (same _ _ H_no_gradient_yet). }
  assert (part_3 := times_zero (- eta / 2) _ fact_3).
  assert (0 < 1 - r).
  { rewrite ?chart_r, ?chart_eta. written (k_slack / (k_slack + 1)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F0 - (E O)) + (8 * (L ^ 2 * eta ^ 2 + kappa)
      / (7 * eta * (r - 1))) * (D O - 0) + (- eta / 2) * (S_ O - 0)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, T to T + 1 *) assert (goal : eta * S_ (S T) / 2 + E (S T) + (8 * eta * L ^ 2 / 7 +
      8 * kappa / (7 * eta)) * D (S T) / (1 - r) <= F0 + (INR T + 1) * (L * sigma2 * eta ^ 2 / (2 *
      INR n) + eta ^ 2 * (2 * zeta2 / (1 - r) + sigma2) * (8 * eta * L ^ 2 / 7 + 8 * kappa / (7 *
      eta)) / (1 - r))).
  {
  pose proof (pos_INR T) as index_sign.
  pose proof (H_u2_sign T).
  pose proof (H_b2_sign T).
  pose proof (H_chi2_sign T).
  assert (fact_1 : 0 <= (D T) * (eta * L ^ 2 + kappa / eta) + (E T) + L * sigma2 * eta ^ 2 / (2 *
      INR n) - eta * (g T) / 2 - (E (S T))).
  { apply room.
  refine ((leader_descent L eta sigma2 n (E T) (g T) (D T) kappa (E (S T)) (norm2_f T) (norm2_m T)
      (norm2_u T) (norm2_w T) (norm2_chi_bar T) (f_dot_m T) (f_dot_chi_bar T) (f_dot_gradF T)
      (m_dot_chi_bar T) (m_dot_gradF T) (chi_bar_dot_gradF T) (V T) (norm2_Z T) (norm2_xi T)
      (Z_dot_xi T) (b_dot_m T) _ _ _ _ _ _ _ _ _ _ (H_smoothness T) (H_unbiased_against_gradF T)
      (H_unbiased_against_f T) (H_unbiased_against_m T) (H_mean_noise T) (H_empty_sum T) (H_so_far
      T) (H_one_more T) (H_unbiased_against_Z T) (H_variance T) (H_u2_sign T) (H_mean T) (H_square
      T) (H_smoothness_ T) (H_the_spread T) (H_drift_of_the_mean T) (H_square_ T) (H_square_2 T))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize sigma2_sign. cbn [INR]. lra. }
  { generalize n_sign. cbn [INR]. lra. }
  { pose proof (H_E_T_sign T). rewrite ?chart_r, ?chart_eta. written ((E T)). sign. }
  { pose proof (H_g_T_sign T). rewrite ?chart_r, ?chart_eta. written ((g T)). sign. }
  { pose proof (H_D_T_sign T). rewrite ?chart_r, ?chart_eta. written ((D T)). sign. }
  { generalize kappa_sign. cbn [INR]. lra. }
  { generalize in_range_etaL_1. cbn [INR]. lra. }
  { generalize in_range_n_1. cbn [INR]. lra. } }
  assert (fact_2 : 0 <= (D T) * (7 * r / 8 + 1 / 8) + eta ^ 2 * (2 * zeta2 / (1 - r) + sigma2) - (D
      (S T))).
  { apply room.
  refine ((leader_spread L r eta sigma2 zeta2 (D T) (D (S T)) (norm2_b T) (norm2_c T) (norm2_h T)
      (norm2_yW T) (norm2_y T) (norm2_xi_ T) (norm2_chi T) (c_dot_h T) (c_dot_yW T) (c_dot_xi T)
      (h_dot_yW T) (h_dot_xi T) (yW_dot_xi T) (norm2_m_ T) (b_dot_m_ T) (norm2_m_2 T) (b_dot_m_2 T)
      _ _ _ _ _ _ _ _ (H_the_spread_ T) (H_b2_sign T) (H_mean_ T) (H_square_3 T)
      (H_c_is_b_less_its_mean_link T) (H_smoothness_2 T) (H_dissimilarity T) (H_chi2_sign T)
      (H_mean_2 T) (H_square_4 T) (H_xi_is_chi_less_its_mean_link T) (H_variance_ T)
      (H_unbiased_against_yW T) (H_unbiased_against_c_h T) (H_contraction T) (H_the_new_spread T)
      (H_square_2_ T) (H_square_3_ T))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize r_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize sigma2_sign. cbn [INR]. lra. }
  { generalize zeta2_sign. cbn [INR]. lra. }
  { pose proof (H_D_T_sign T). rewrite ?chart_r, ?chart_eta. written ((D T)). sign. }
  { generalize in_range_r_1. cbn [INR]. lra. }
  { generalize in_range_4etaL_1_r. cbn [INR]. lra. } }
  assert (multiplier_2 : 0 <= - 8 * (L ^ 2 * eta ^ 2 + kappa) / (7 * eta * (r - 1))).
  { rewrite ?chart_r, ?chart_eta. written ((2 / 7) * L * (16 * kappa * k_slack ^ 2 * s_slack ^ 2 +
      32 * s_slack * kappa * k_slack ^ 2 + 16 * kappa * k_slack ^ 2 + k_slack ^ 2 + 32 * k_slack *
      kappa * s_slack ^ 2 + 64 * k_slack * s_slack * kappa + 32 * k_slack * kappa + 16 * kappa *
      s_slack ^ 2 + 32 * s_slack * kappa + 16 * kappa) / ((s_slack + 1) * k_slack ^ 2)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : S_ (S T) - (S_ T + g T) = 0).
  { exact (same _ _ (H_one_more_gradient T)). }
  assert (part_3 := times_zero (- eta / 2) _ fact_3).
  assert (fact_4 : 0 <= F0 + INR T * (L * sigma2 * eta ^ 2 / (2 * INR n) + eta ^ 2 * (2 * zeta2 / (1
      - r) + sigma2) * (8 * eta * L ^ 2 / 7 + 8 * kappa / (7 * eta)) / (1 - r)) - (eta * S_ T / 2 +
      E T + (8 * eta * L ^ 2 / 7 + 8 * kappa / (7 * eta)) * D T / (1 - r))).
  { exact (room _ _ hypothesis). }
  assert (0 < 1 - r).
  { rewrite ?chart_r, ?chart_eta. written (k_slack / (k_slack + 1)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (((D T) * (eta * L ^ 2 + kappa / eta) + (E T) +
      L * sigma2 * eta ^ 2 / (2 * INR n) - eta * (g T) / 2 - (E (S T))) + (- 8 * (L ^ 2 * eta ^ 2 +
      kappa) / (7 * eta * (r - 1))) * ((D T) * (7 * r / 8 + 1 / 8) + eta ^ 2 * (2 * zeta2 / (1 - r)
      + sigma2) - (D (S T))) + (- eta / 2) * (S_ (S T) - (S_ T + g T)) + (F0 + INR T * (L * sigma2 *
      eta ^ 2 / (2 * INR n) + eta ^ 2 * (2 * zeta2 / (1 - r) + sigma2) * (8 * eta * L ^ 2 / 7 + 8 *
      kappa / (7 * eta)) / (1 - r)) - (eta * S_ T / 2 + E T + (8 * eta * L ^ 2 / 7 + 8 * kappa / (7
      * eta)) * D T / (1 - r)))) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro T. exact (every T).
Qed.

(* Workers that follow leaders reach a small gradient, up to the drift of their mean *)
Theorem leaders
  (L : R) (* the smoothness L *)
  (r : R) (* r with (1/n) Σ ‖(PX)_i − mean‖² <= r²D in every round: at least the greatest singular
      value of (I − J)P(I − J) *)
  (eta : R) (* the step size η *)
  (sigma2 : R) (* the variance σ² of the step *)
  (zeta2 : R) (* ζ², mean ‖∇F_i − ∇F‖² at most *)
  (n : nat) (* the workers n *)
  (kappa : R) (* κ, at least n times the squared column drift of P, in every round *)
  (F0 : R) (* F(x_0) − F_inf *)
  (T : nat) (* the rounds T *)
  (phi : R) (* φ *)
  (D : nat -> R) (*  *)
  (E : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (g : nat -> R) (*  *)
  (norm2_f : nat -> R) (* ‖f‖² *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_u : nat -> R) (* ‖u‖² *)
  (norm2_w : nat -> R) (* ‖w‖² *)
  (norm2_chi_bar : nat -> R) (* ‖χ̄‖² *)
  (f_dot_m : nat -> R) (* ⟨f,m⟩ *)
  (f_dot_chi_bar : nat -> R) (* ⟨f,χ̄⟩ *)
  (f_dot_gradF : nat -> R) (* ⟨f,∇F⟩ *)
  (m_dot_chi_bar : nat -> R) (* ⟨m,χ̄⟩ *)
  (m_dot_gradF : nat -> R) (* ⟨m,∇F⟩ *)
  (chi_bar_dot_gradF : nat -> R) (* ⟨χ̄,∇F⟩ *)
  (V : nat -> nat -> R) (*  *)
  (norm2_Z : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi : nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi : nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (b_dot_m : nat -> R) (* ⟨b,m⟩ *)
  (norm2_b : nat -> R) (* ‖b‖² *)
  (norm2_c : nat -> R) (* ‖c‖² *)
  (norm2_h : nat -> R) (* ‖h‖² *)
  (norm2_yW : nat -> R) (* ‖yW‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (norm2_xi_ : nat -> R) (* ‖ξ‖² *)
  (norm2_chi : nat -> R) (* ‖χ‖² *)
  (c_dot_h : nat -> R) (* ⟨c,h⟩ *)
  (c_dot_yW : nat -> R) (* ⟨c,yW⟩ *)
  (c_dot_xi : nat -> R) (* ⟨c,ξ⟩ *)
  (h_dot_yW : nat -> R) (* ⟨h,yW⟩ *)
  (h_dot_xi : nat -> R) (* ⟨h,ξ⟩ *)
  (yW_dot_xi : nat -> R) (* ⟨yW,ξ⟩ *)
  (norm2_m_ : nat -> R) (* ‖m‖² *)
  (b_dot_m_ : nat -> R) (* ⟨b,m⟩ *)
  (norm2_m_2 : nat -> R) (* ‖m‖² *)
  (b_dot_m_2 : nat -> R) (* ⟨b,m⟩ *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: r with (1/n) Σ ‖(PX)_i − mean‖² <= r²D in every round: at least the greatest singular
      value of (I − J)P(I − J) *)
  (r_sign : 0 < r)
  (* range: the step size η *)
  (eta_sign : 0 < eta)
  (* range: the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* range: ζ², mean ‖∇F_i − ∇F‖² at most *)
  (zeta2_sign : 0 <= zeta2)
  (* range: the workers n *)
  (n_sign : 0 < INR n)
  (* range: κ, at least n times the squared column drift of P, in every round *)
  (kappa_sign : 0 <= kappa)
  (* range: F(x_0) − F_inf *)
  (F0_sign : 0 <= F0)
  (* condition: r < 1 *)
  (in_range_r_1 : r < 1)
  (* condition: ηL <= 1 *)
  (in_range_etaL_1 : L * eta <= 1)
  (* condition: 4ηL <= 1 − r *)
  (in_range_4etaL_1_r : 4 * L * eta <= 1 - r)
  (* condition: n >= 1 *)
  (in_range_n_1 : 1 <= INR n)
  (* condition: T >= 1 *)
  (in_range_T_1 : 1 <= INR T)
  (* assumed: start: F(x_0) − F_inf is at most F₀ (of theorem leaders_sum, cited for 'leaders_sum')
      *)
  (H_start : E O <= F0)
  (* assumed: equal start: workers start equal (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_equal_start : D O = 0)
  (* assumed: no gradient yet: S(0) is an empty sum (of theorem leaders_sum, cited for
      'leaders_sum') *)
  (H_no_gradient_yet : S_ O = 0)
  (* squared norm: E(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem leaders_sum, cited for 'leaders_sum') *)
  (H_E_T_sign : forall T : nat, 0 <= E T)
  (* squared norm: g(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem leaders_sum, cited for 'leaders_sum') *)
  (H_g_T_sign : forall T : nat, 0 <= g T)
  (* squared norm: D(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem leaders_sum, cited for 'leaders_sum') *)
  (H_D_T_sign : forall T : nat, 0 <= D T)
  (* assumed: smoothness: descent lemma, F is L-smooth (of theorem leader_descent, cited for
      'leader_descent') (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_smoothness : forall T : nat, (E (S T)) + eta * (g T) + eta * (f_dot_gradF T) + eta *
      (chi_bar_dot_gradF T) <= (E T) + L * ((norm2_f T) * eta ^ 2 + (norm2_chi_bar T) * eta ^ 2 + (g
      T) * eta ^ 2 + 2 * (f_dot_chi_bar T) * eta ^ 2 + 2 * (f_dot_gradF T) * eta ^ 2 + 2 *
      (chi_bar_dot_gradF T) * eta ^ 2 + (norm2_m T) - 2 * eta * (f_dot_m T) - 2 * eta *
      (m_dot_chi_bar T) - 2 * eta * (m_dot_gradF T)) / 2 + (m_dot_gradF T))
  (* assumed: unbiased, against ∇F: χ̄ has mean zero and ∇F is fixed before the draw (of theorem
      leader_descent, cited for 'leader_descent') (of theorem leaders_sum, cited for 'leaders_sum')
      *)
  (H_unbiased_against_gradF : forall T : nat, (chi_bar_dot_gradF T) = 0)
  (* assumed: unbiased, against f: χ̄ has mean zero and f is fixed before the draw (of theorem
      leader_descent, cited for 'leader_descent') (of theorem leaders_sum, cited for 'leaders_sum')
      *)
  (H_unbiased_against_f : forall T : nat, (f_dot_chi_bar T) = 0)
  (* assumed: unbiased, against m: χ̄ has mean zero and m is fixed before the draw (of theorem
      leader_descent, cited for 'leader_descent') (of theorem leaders_sum, cited for 'leaders_sum')
      *)
  (H_unbiased_against_m : forall T : nat, (m_dot_chi_bar T) = 0)
  (* assumed: mean noise: χ̄ is the mean of n noises (of theorem leader_descent, cited for
      'leader_descent') (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_mean_noise : forall T : nat, (norm2_chi_bar T) = (V T) n / (INR n) ^ 2)
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem leader_descent, cited for 'leader_descent') (of theorem leaders_sum, cited for
      'leaders_sum') *)
  (H_empty_sum : forall T : nat, (V T) O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem leader_descent, cited for 'leader_descent') (of theorem leaders_sum, cited for
      'leaders_sum') *)
  (H_so_far : forall T : nat, forall k : nat, (V T) k = ((norm2_Z T) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem leader_descent, cited for 'leader_descent') (of theorem leaders_sum, cited for
      'leaders_sum') *)
  (H_one_more : forall T : nat, forall k : nat, (V T) (S k) = ((norm2_Z T) k) + ((norm2_xi T) k) + 2
      * ((Z_dot_xi T) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem leader_descent, cited for 'leader_descent') (of
      theorem leaders_sum, cited for 'leaders_sum') *)
  (H_unbiased_against_Z : forall T : nat, forall k : nat, ((Z_dot_xi T) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem leader_descent, cited for 'leader_descent') (of theorem leaders_sum,
      cited for 'leaders_sum') *)
  (H_variance : forall T : nat, forall k : nat, ((norm2_xi T) k) <= sigma2)
  (* squared norm: ‖u‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem leader_descent, cited for 'leader_descent') (of theorem leaders_sum, cited for
      'leaders_sum') *)
  (H_u2_sign : forall T : nat, 0 <= (norm2_u T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of u') (of theorem leader_descent, cited for 'leader_descent') (of theorem
      leaders_sum, cited for 'leaders_sum') *)
  (H_mean : forall T : nat, (b_dot_m T) = (norm2_f T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of u')
      (of theorem leader_descent, cited for 'leader_descent') (of theorem leaders_sum, cited for
      'leaders_sum') *)
  (H_square : forall T : nat, 0 <= (norm2_u T) + (norm2_f T) - 2 * (b_dot_m T))
  (* assumed: smoothness: every F_i is L-smooth (of theorem leader_descent, cited for
      'leader_descent') (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_smoothness_ : forall T : nat, (norm2_u T) <= (norm2_w T) * L ^ 2)
  (* assumed: the spread: D is the mean of ‖x_i − x̄‖² (of theorem leader_descent, cited for
      'leader_descent') (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_the_spread : forall T : nat, (D T) = (norm2_w T))
  (* assumed: drift of the mean: theorem column_drift (of theorem leader_descent, cited for
      'leader_descent') (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_drift_of_the_mean : forall T : nat, (norm2_m T) <= (D T) * kappa)
  (* squared norm: a squared norm: ‖-f*η + m - η*∇F‖² (of theorem leader_descent, cited for
      'leader_descent') (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_square_ : forall T : nat, 0 <= (norm2_f T) * eta ^ 2 + (g T) * eta ^ 2 + 2 * (f_dot_gradF T) *
      eta ^ 2 + (norm2_m T) - 2 * eta * (f_dot_m T) - 2 * eta * (m_dot_gradF T))
  (* squared norm: a squared norm: ‖f*η + m‖² (of theorem leader_descent, cited for
      'leader_descent') (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_square_2 : forall T : nat, 0 <= (norm2_f T) * eta ^ 2 + 2 * eta * (f_dot_m T) + (norm2_m T))
  (* assumed: the spread: D is the mean of ‖y_i‖² (of theorem leader_spread, cited for
      'leader_spread') (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_the_spread_ : forall T : nat, (D T) = (norm2_y T))
  (* squared norm: ‖b‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem leader_spread, cited for 'leader_spread') (of theorem leaders_sum, cited for
      'leaders_sum') *)
  (H_b2_sign : forall T : nat, 0 <= (norm2_b T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'c
      is b less its mean') (of theorem leader_spread, cited for 'leader_spread') (of theorem
      leaders_sum, cited for 'leaders_sum') *)
  (H_mean_ : forall T : nat, (b_dot_m_ T) = (norm2_m_ T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'c is b less its mean') (of
      theorem leader_spread, cited for 'leader_spread') (of theorem leaders_sum, cited for
      'leaders_sum') *)
  (H_square_3 : forall T : nat, 0 <= (norm2_m_ T))
  (* what is bounded: 'c is b less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem leader_spread, cited for 'leader_spread') (of theorem leaders_sum, cited for
      'leaders_sum') *)
  (H_c_is_b_less_its_mean_link : forall T : nat, (norm2_c T) = (norm2_b T) + (norm2_m_ T) - 2 *
      (b_dot_m_ T))
  (* assumed: smoothness: every F_i is L-smooth (of theorem leader_spread, cited for
      'leader_spread') (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_smoothness_2 : forall T : nat, (norm2_b T) <= (norm2_y T) * L ^ 2)
  (* assumed: dissimilarity: (1/n) Σ ‖∇F_i(x̄) − ∇F(x̄)‖² <= ζ² (of theorem leader_spread, cited for
      'leader_spread') (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_dissimilarity : forall T : nat, (norm2_h T) <= zeta2)
  (* squared norm: ‖χ‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem leader_spread, cited for 'leader_spread') (of theorem leaders_sum, cited for
      'leaders_sum') *)
  (H_chi2_sign : forall T : nat, 0 <= (norm2_chi T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'ξ
      is χ less its mean') (of theorem leader_spread, cited for 'leader_spread') (of theorem
      leaders_sum, cited for 'leaders_sum') *)
  (H_mean_2 : forall T : nat, (b_dot_m_2 T) = (norm2_m_2 T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'ξ is χ less its mean') (of
      theorem leader_spread, cited for 'leader_spread') (of theorem leaders_sum, cited for
      'leaders_sum') *)
  (H_square_4 : forall T : nat, 0 <= (norm2_m_2 T))
  (* what is bounded: 'ξ is χ less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem leader_spread, cited for 'leader_spread') (of theorem leaders_sum, cited for
      'leaders_sum') *)
  (H_xi_is_chi_less_its_mean_link : forall T : nat, (norm2_xi_ T) = (norm2_chi T) + (norm2_m_2 T) -
      2 * (b_dot_m_2 T))
  (* assumed: variance: noise of variance at most σ² at every worker (of theorem leader_spread,
      cited for 'leader_spread') (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_variance_ : forall T : nat, (norm2_chi T) <= sigma2)
  (* assumed: unbiased, against yW: ξ has mean zero and yW is fixed before the draw (of theorem
      leader_spread, cited for 'leader_spread') (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_unbiased_against_yW : forall T : nat, (yW_dot_xi T) = 0)
  (* assumed: unbiased, against c + h: ξ has mean zero and c + h is fixed before the draw (of
      theorem leader_spread, cited for 'leader_spread') (of theorem leaders_sum, cited for
      'leaders_sum') *)
  (H_unbiased_against_c_h : forall T : nat, (c_dot_xi T) + (h_dot_xi T) = 0)
  (* assumed: contraction: (1/n) Σ ‖yW‖² <= r²D (of theorem leader_spread, cited for
      'leader_spread') (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_contraction : forall T : nat, (norm2_yW T) <= (D T) * r ^ 2)
  (* assumed: the new spread: D⁺ is the mean of ‖x_i⁺ − x̄⁺‖² (of theorem leader_spread, cited for
      'leader_spread') (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_the_new_spread : forall T : nat, (D (S T)) + 2 * eta * (c_dot_yW T) + 2 * eta * (h_dot_yW T) +
      2 * eta * (yW_dot_xi T) = (norm2_c T) * eta ^ 2 + (norm2_h T) * eta ^ 2 + (norm2_xi_ T) * eta
      ^ 2 + 2 * (c_dot_h T) * eta ^ 2 + 2 * (c_dot_xi T) * eta ^ 2 + 2 * (h_dot_xi T) * eta ^ 2 +
      (norm2_yW T))
  (* squared norm: a squared norm: ‖c*r*η + h*r*η + yW*(1 - r)‖² (of theorem leader_spread, cited
      for 'leader_spread') (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_square_2_ : forall T : nat, 0 <= (norm2_c T) * r ^ 2 * eta ^ 2 + (norm2_h T) * r ^ 2 * eta ^ 2
      + 2 * (c_dot_h T) * r ^ 2 * eta ^ 2 + 2 * r * eta * (c_dot_yW T) * (1 - r) + 2 * r * eta *
      (h_dot_yW T) * (1 - r) + (norm2_yW T) * (1 - r) ^ 2)
  (* squared norm: a squared norm: ‖c - h‖² (of theorem leader_spread, cited for 'leader_spread')
      (of theorem leaders_sum, cited for 'leaders_sum') *)
  (H_square_3_ : forall T : nat, 0 <= (norm2_c T) + (norm2_h T) - 2 * (c_dot_h T))
  (* assumed: one more gradient: S(T + 1) adds E‖∇F(x_T)‖² (of theorem leaders_sum, cited for
      'leaders_sum') *)
  (H_one_more_gradient : forall T : nat, S_ (S T) = S_ T + g T)
  (* assumed: mean gradient: φ is the mean of E‖∇F(x_t)‖² *)
  (H_mean_gradient : phi = S_ T / INR T)
  (* assumed: F >= F_inf: F_inf is a lower bound *)
  (H_F_F_inf : 0 <= E T)
  (* assumed: D >= 0: a mean of squared norms *)
  (H_D_0 : 0 <= D T)
  : phi <= 2 * F0 / (INR T * eta) + L * eta * sigma2 / INR n + (2 * zeta2 / (1 - r) + sigma2) * (16
      * L ^ 2 * eta ^ 2 / 7 + 16 * kappa / 7) / (1 - r).
Proof.
  pose proof (pos_INR n).
  pose proof (pos_INR T).
  assert (exists k_slack, 0 < k_slack /\ k_slack = 1 / r - 1)
    as [k_slack [k_slack_sign k_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / r) * (1 - r)).
    apply Rmult_lt_0_compat; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = (1 - r) / (4 * L * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 4) / (L * eta)) * (1 - r - (4 * L * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists u_slack, 0 <= u_slack /\ u_slack = INR T - 1)
    as [u_slack [u_slack_sign u_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR T - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_r : r = 1 / (k_slack + 1)).
  { rewrite ?k_slack_def. identity. }
  assert (chart_eta : eta = k_slack / (4 * L * (k_slack + 1) * (s_slack + 1))).
  { rewrite ?k_slack_def, ?s_slack_def. identity. }
  assert (chart_T : INR T = u_slack + 1).
  { rewrite ?u_slack_def. identity. }
  {
  assert (fact_1 : 0 <= F0 + INR T * (L * sigma2 * eta ^ 2 / (2 * INR n) + eta ^ 2 * (2 * zeta2 / (1
      - r) + sigma2) * (8 * eta * L ^ 2 / 7 + 8 * kappa / (7 * eta)) / (1 - r)) - (eta * S_ T / 2 +
      E T + (8 * eta * L ^ 2 / 7 + 8 * kappa / (7 * eta)) * D T / (1 - r))).
  { apply room.
  refine ((leaders_sum L r eta sigma2 zeta2 n kappa F0 D E S_ g norm2_f norm2_m norm2_u norm2_w
      norm2_chi_bar f_dot_m f_dot_chi_bar f_dot_gradF m_dot_chi_bar m_dot_gradF chi_bar_dot_gradF V
      norm2_Z norm2_xi Z_dot_xi b_dot_m norm2_b norm2_c norm2_h norm2_yW norm2_y norm2_xi_ norm2_chi
      c_dot_h c_dot_yW c_dot_xi h_dot_yW h_dot_xi yW_dot_xi norm2_m_ b_dot_m_ norm2_m_2 b_dot_m_2 _
      _ _ _ _ _ _ _ _ _ _ _ H_start H_equal_start H_no_gradient_yet H_E_T_sign H_g_T_sign H_D_T_sign
      H_smoothness H_unbiased_against_gradF H_unbiased_against_f H_unbiased_against_m H_mean_noise
      H_empty_sum H_so_far H_one_more H_unbiased_against_Z H_variance H_u2_sign H_mean H_square
      H_smoothness_ H_the_spread H_drift_of_the_mean H_square_ H_square_2 H_the_spread_ H_b2_sign
      H_mean_ H_square_3 H_c_is_b_less_its_mean_link H_smoothness_2 H_dissimilarity H_chi2_sign
      H_mean_2 H_square_4 H_xi_is_chi_less_its_mean_link H_variance_ H_unbiased_against_yW
      H_unbiased_against_c_h H_contraction H_the_new_spread H_square_2_ H_square_3_
      H_one_more_gradient T)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize r_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize sigma2_sign. cbn [INR]. lra. }
  { generalize zeta2_sign. cbn [INR]. lra. }
  { generalize n_sign. cbn [INR]. lra. }
  { generalize kappa_sign. cbn [INR]. lra. }
  { generalize F0_sign. cbn [INR]. lra. }
  { generalize in_range_r_1. cbn [INR]. lra. }
  { generalize in_range_etaL_1. cbn [INR]. lra. }
  { generalize in_range_4etaL_1_r. cbn [INR]. lra. }
  { generalize in_range_n_1. cbn [INR]. lra. } }
  assert (multiplier_1 : 0 <= 2 / (INR T * eta)).
  { rewrite ?chart_r, ?chart_eta, ?chart_T. written (8 * (k_slack + 1) * L * (s_slack + 1) /
      (k_slack * (u_slack + 1))). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : phi - (S_ T / INR T) = 0).
  { exact (same _ _ H_mean_gradient). }
  assert (part_2 := times_zero (- 1) _ fact_2).
  assert (fact_3 : 0 <= E T - 0).
  { exact (room _ _ H_F_F_inf). }
  assert (multiplier_3 : 0 <= 2 / (INR T * eta)).
  { rewrite ?chart_r, ?chart_eta, ?chart_T. written (8 * (k_slack + 1) * L * (s_slack + 1) /
      (k_slack * (u_slack + 1))). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= D T - 0).
  { exact (room _ _ H_D_0). }
  assert (multiplier_4 : 0 <= - 16 * (L ^ 2 * eta ^ 2 + kappa) / (7 * INR T * eta ^ 2 * (r - 1))).
  { rewrite ?chart_r, ?chart_eta, ?chart_T. written ((16 / 7) * (k_slack + 1) * L ^ 2 * (16 * kappa
      * k_slack ^ 2 * s_slack ^ 2 + 32 * s_slack * kappa * k_slack ^ 2 + 16 * kappa * k_slack ^ 2 +
      k_slack ^ 2 + 32 * k_slack * kappa * s_slack ^ 2 + 64 * k_slack * s_slack * kappa + 32 *
      k_slack * kappa + 16 * kappa * s_slack ^ 2 + 32 * s_slack * kappa + 16 * kappa) / ((u_slack +
      1) * k_slack ^ 3)). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (0 < 1 - r).
  { rewrite ?chart_r, ?chart_eta, ?chart_T. written (k_slack / (k_slack + 1)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((2 / (INR T * eta)) * (F0 + INR T * (L *
      sigma2 * eta ^ 2 / (2 * INR n) + eta ^ 2 * (2 * zeta2 / (1 - r) + sigma2) * (8 * eta * L ^ 2 /
      7 + 8 * kappa / (7 * eta)) / (1 - r)) - (eta * S_ T / 2 + E T + (8 * eta * L ^ 2 / 7 + 8 *
      kappa / (7 * eta)) * D T / (1 - r))) + (- 1) * (phi - (S_ T / INR T)) + (2 / (INR T * eta)) *
      (E T - 0) + (- 16 * (L ^ 2 * eta ^ 2 + kappa) / (7 * INR T * eta ^ 2 * (r - 1))) * (D T - 0))
      by identity end.
  parts.
  }
Qed.

Print Assumptions leaders.
