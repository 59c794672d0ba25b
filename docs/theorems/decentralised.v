(* Decentralised training, step then mix: a small gradient through the spectral gap. *)
(* Worker i is at x_i, y_i = x_i − x̄, D = (1/n) Σ ‖y_i‖²; b is ∇F_i(x_i) − ∇F_i(x̄), χ the noise, c
    and ξ are these less their means over workers, h is ∇F_i(x̄) − ∇F(x̄); W is symmetric, doubly
    stochastic and ρ = ‖E WᵀW − J‖, r >= √ρ. Products stand for means over workers, and
    expectations. X⁺ = (X − ηG) W. Workers start equal. S(T) = Σ_{k<T} E‖∇F(x̄_k)‖², E(T) = E
    F(x̄_T) − F_inf, D(T) the spread. A = (4/7) ηL²/(1 − r). *)
(* Reference: Wang et al. (MATCHA, 2019); Lian et al. (NeurIPS 2017). *)

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

(* The mean of decentralised workers descends *)
Lemma mean_descent
  (L : R) (* the smoothness L *)
  (eta : R) (* the step size η *)
  (sigma2 : R) (* the variance σ² of the step *)
  (n : nat) (* the workers n *)
  (F : R) (* F(x) above its lower bound *)
  (norm2_gradF : R) (* ‖∇F(x)‖² *)
  (D : R) (* D = (1/n) Σ ‖x_i − x̄‖² *)
  (F_next : R) (* F⁺ *)
  (norm2_b : R) (* ‖b‖² *)
  (norm2_c : R) (* ‖c‖² *)
  (norm2_y : R) (* ‖y‖² *)
  (norm2_xi_bar : R) (* ‖ξ̄‖² *)
  (c_dot_xi_bar : R) (* ⟨c,ξ̄⟩ *)
  (c_dot_gradF : R) (* ⟨c,∇F⟩ *)
  (xi_bar_dot_gradF : R) (* ⟨ξ̄,∇F⟩ *)
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
  (* condition: ηL <= 1 *)
  (in_range_etaL_1 : L * eta <= 1)
  (* condition: n >= 1 *)
  (in_range_n_1 : 1 <= INR n)
  (* assumed: smoothness: descent lemma, F is L-smooth *)
  (H_smoothness : F_next + eta * norm2_gradF + eta * c_dot_gradF + eta * xi_bar_dot_gradF <= F + L *
      (norm2_c * eta ^ 2 + norm2_xi_bar * eta ^ 2 + norm2_gradF * eta ^ 2 + 2 * c_dot_xi_bar * eta ^
      2 + 2 * c_dot_gradF * eta ^ 2 + 2 * xi_bar_dot_gradF * eta ^ 2) / 2)
  (* assumed: unbiased, against ∇F: ξ̄ has mean zero and ∇F is fixed before the draw *)
  (H_unbiased_against_gradF : xi_bar_dot_gradF = 0)
  (* assumed: unbiased, against c: ξ̄ has mean zero and c is fixed before the draw *)
  (H_unbiased_against_c : c_dot_xi_bar = 0)
  (* assumed: mean noise: ξ̄ is the mean of n independent noises *)
  (H_mean_noise : norm2_xi_bar = V n / (INR n) ^ 2)
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
  (* squared norm: ‖b‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_b2_sign : 0 <= norm2_b)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'c is the mean of b') *)
  (H_mean : b_dot_m = norm2_c)
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'c is the mean
      of b') *)
  (H_square : 0 <= norm2_b + norm2_c - 2 * b_dot_m)
  (* assumed: gradients near the mean: every F_i is L-smooth *)
  (H_gradients_near_the_mean : norm2_b <= norm2_y * L ^ 2)
  (* assumed: the spread: D is the mean of ‖x_i − x̄‖² *)
  (H_the_spread : D = norm2_y)
  (* squared norm: a squared norm: ‖c + ∇F‖² *)
  (H_square_ : 0 <= norm2_c + norm2_gradF + 2 * c_dot_gradF)
  : F_next <= D * eta * L ^ 2 / 2 + F + L * sigma2 * eta ^ 2 / (2 * INR n) - eta * norm2_gradF / 2.
Proof.
  pose proof (pos_INR n).
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / eta - L)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / eta) * (1 - (L * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_eta : eta = 1 / (L + s_slack)).
  { rewrite ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= F + L * (norm2_c * eta ^ 2 + norm2_xi_bar * eta ^ 2 + norm2_gradF * eta ^ 2
      + 2 * c_dot_xi_bar * eta ^ 2 + 2 * c_dot_gradF * eta ^ 2 + 2 * xi_bar_dot_gradF * eta ^ 2) / 2
      - (F_next + eta * norm2_gradF + eta * c_dot_gradF + eta * xi_bar_dot_gradF)).
  { exact (room _ _ H_smoothness). }
  assert (fact_2 : xi_bar_dot_gradF - 0 = 0).
  { exact (same _ _ H_unbiased_against_gradF). }
  assert (part_2 := times_zero (- eta * (L * eta - 1)) _ fact_2).
  assert (fact_3 : c_dot_xi_bar - 0 = 0).
  { exact (same _ _ H_unbiased_against_c). }
  assert (part_3 := times_zero (- L * eta ^ 2) _ fact_3).
  assert (fact_4 : norm2_xi_bar - (V n / (INR n) ^ 2) = 0).
  { exact (same _ _ H_mean_noise). }
  assert (part_4 := times_zero (- L * eta ^ 2 / 2) _ fact_4).
  assert (fact_5 : 0 <= INR n * sigma2 - (V n)).
  { apply room.
  refine ((batch_sum sigma2 norm2_Z norm2_xi Z_dot_xi V _ H_empty_sum H_so_far H_one_more
      H_unbiased_against_Z H_variance n)).
  { generalize sigma2_sign. cbn [INR]. lra. } }
  assert (multiplier_5 : 0 <= L * eta ^ 2 / (2 * (INR n) ^ 2)).
  { rewrite ?chart_eta. written ((1 / 2) * L / ((INR n) ^ 2 * (L + s_slack) ^ 2)). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (fact_6 : 0 <= norm2_b - norm2_c).
  { apply room.
  refine ((mean_over_clients norm2_b norm2_c b_dot_m _ H_mean H_square)).
  { pose proof H_b2_sign. rewrite ?chart_eta. written ((norm2_b)). sign. } }
  assert (multiplier_6 : 0 <= eta / 2).
  { rewrite ?chart_eta. written ((1 / 2) / (L + s_slack)). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  assert (fact_7 : 0 <= norm2_y * L ^ 2 - norm2_b).
  { exact (room _ _ H_gradients_near_the_mean). }
  assert (multiplier_7 : 0 <= eta / 2).
  { rewrite ?chart_eta. written ((1 / 2) / (L + s_slack)). sign. }
  assert (part_7 := Rmult_le_pos _ _ multiplier_7 fact_7).
  assert (fact_8 : D - norm2_y = 0).
  { exact (same _ _ H_the_spread). }
  assert (part_8 := times_zero (eta * L ^ 2 / 2) _ fact_8).
  assert (fact_9 : 0 <= norm2_c + norm2_gradF + 2 * c_dot_gradF).
  { exact H_square_. }
  assert (multiplier_9 : 0 <= - eta * (L * eta - 1) / 2).
  { rewrite ?chart_eta. written ((1 / 2) * s_slack / (L + s_slack) ^ 2). sign. }
  assert (part_9 := Rmult_le_pos _ _ multiplier_9 fact_9).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F + L * (norm2_c * eta ^ 2 + norm2_xi_bar *
      eta ^ 2 + norm2_gradF * eta ^ 2 + 2 * c_dot_xi_bar * eta ^ 2 + 2 * c_dot_gradF * eta ^ 2 + 2 *
      xi_bar_dot_gradF * eta ^ 2) / 2 - (F_next + eta * norm2_gradF + eta * c_dot_gradF + eta *
      xi_bar_dot_gradF)) + (- eta * (L * eta - 1)) * (xi_bar_dot_gradF - 0) + (- L * eta ^ 2) *
      (c_dot_xi_bar - 0) + (- L * eta ^ 2 / 2) * (norm2_xi_bar - (V n / (INR n) ^ 2)) + (L * eta ^ 2
      / (2 * (INR n) ^ 2)) * (INR n * sigma2 - (V n)) + (eta / 2) * (norm2_b - norm2_c) + (eta / 2)
      * (norm2_y * L ^ 2 - norm2_b) + (eta * L ^ 2 / 2) * (D - norm2_y) + (- eta * (L * eta - 1) /
      2) * (norm2_c + norm2_gradF + 2 * c_dot_gradF)) by identity end.
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

(* Mixing contracts what has mean zero over workers *)
Lemma mixing
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

(* Stepping, then mixing, contracts the spread of the workers *)
Lemma consensus
  (L : R) (* the smoothness L *)
  (r : R) (* r >= √ρ, how far one mixing contracts, ρ = ‖E WᵀW − J‖ *)
  (eta : R) (* the step size η *)
  (sigma2 : R) (* the variance σ² of the step *)
  (zeta2 : R) (* ζ², mean ‖∇F_i − ∇F‖² at most *)
  (D : R) (* D = (1/n) Σ ‖x_i − x̄‖² *)
  (D_next : R) (* D⁺ *)
  (norm2_b : R) (* ‖b‖² *)
  (norm2_c : R) (* ‖c‖² *)
  (norm2_h : R) (* ‖h‖² *)
  (norm2_y : R) (* ‖y‖² *)
  (norm2_xi : R) (* ‖ξ‖² *)
  (norm2_chi : R) (* ‖χ‖² *)
  (c_dot_h : R) (* ⟨c,h⟩ *)
  (c_dot_y : R) (* ⟨c,y⟩ *)
  (c_dot_xi : R) (* ⟨c,ξ⟩ *)
  (h_dot_y : R) (* ⟨h,y⟩ *)
  (h_dot_xi : R) (* ⟨h,ξ⟩ *)
  (y_dot_xi : R) (* ⟨y,ξ⟩ *)
  (mixing_n : nat) (* the number n of theorem mixing *)
  (norm2_m : R) (* ‖m‖² *)
  (b_dot_m : R) (* ⟨b,m⟩ *)
  (norm2_m_ : R) (* ‖m‖² *)
  (b_dot_m_ : R) (* ⟨b,m⟩ *)
  (norm2_zW : nat -> R) (* ‖zW‖² *)
  (norm2_z : nat -> R) (* ‖z‖² *)
  (M : nat -> R) (*  *)
  (Z : nat -> R) (*  *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: r >= √ρ, how far one mixing contracts, ρ = ‖E WᵀW − J‖ *)
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
  (* condition: 4rηL <= 1 − r *)
  (in_range_4retaL_1_r : 4 * L * r * eta <= 1 - r)
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
  (* assumed: unbiased, against y: ξ has mean zero and y is fixed before the draw *)
  (H_unbiased_against_y : y_dot_xi = 0)
  (* assumed: unbiased, against c + h: ξ has mean zero and c + h is fixed before the draw *)
  (H_unbiased_against_c_h : c_dot_xi + h_dot_xi = 0)
  (* range: ‖z‖² (of theorem mixing, cited for 'mixing') *)
  (H_Z_sign : forall n : nat, 0 <= Z n)
  (* assumed: no direction: Z(0) is an empty sum (of theorem mixing, cited for 'mixing') *)
  (H_no_direction : Z O = 0)
  (* assumed: no mixed direction: M(0) is an empty sum (of theorem mixing, cited for 'mixing') *)
  (H_no_mixed_direction : M O = 0)
  (* assumed: one more direction: eigenvectors are orthogonal (of theorem mixing, cited for
      'mixing') *)
  (H_one_more_direction : forall n : nat, Z (S n) = (norm2_z n) + Z n)
  (* assumed: one more mixed direction: zᵀ E[WWᵀ] z is the sum over eigenvectors (of theorem mixing,
      cited for 'mixing') *)
  (H_one_more_mixed_direction : forall n : nat, M (S n) = (norm2_zW n) + M n)
  (* assumed: eigenvalue: E‖zW‖² = λ‖z‖² along an eigenvector, λ <= ρ <= r² (of theorem mixing,
      cited for 'mixing') *)
  (H_eigenvalue : forall n : nat, (norm2_zW n) <= (norm2_z n) * r ^ 2)
  (* what is bounded: 'mixing': what theorem mixing bounds, E‖zW‖² *)
  (H_mixing_link : D_next = M mixing_n)
  (* what is bounded: 'mixing': Z(n) of theorem mixing is η**2*‖c‖² + η**2*‖h‖² + η**2*‖ξ‖² +
      2*η**2*⟨c,h⟩ + 2*η**2*⟨c,ξ⟩ + 2*η**2*⟨h,ξ⟩ - 2*η*⟨c,y⟩ - 2*η*⟨h,y⟩ - 2*η*⟨y,ξ⟩ + ‖y‖² *)
  (H_mixing_value : Z mixing_n = norm2_c * eta ^ 2 + norm2_h * eta ^ 2 + norm2_xi * eta ^ 2 + 2 *
      c_dot_h * eta ^ 2 + 2 * c_dot_xi * eta ^ 2 + 2 * h_dot_xi * eta ^ 2 + norm2_y - 2 * eta *
      c_dot_y - 2 * eta * h_dot_y - 2 * eta * y_dot_xi)
  (* squared norm: a squared norm: ‖c*r*η + h*r*η + y*(1 - r)‖² *)
  (H_square_2 : 0 <= norm2_c * r ^ 2 * eta ^ 2 + norm2_h * r ^ 2 * eta ^ 2 + 2 * c_dot_h * r ^ 2 *
      eta ^ 2 + 2 * r * eta * c_dot_y * (1 - r) + 2 * r * eta * h_dot_y * (1 - r) + norm2_y * (1 -
      r) ^ 2)
  (* squared norm: a squared norm: ‖c - h‖² *)
  (H_square_3 : 0 <= norm2_c + norm2_h - 2 * c_dot_h)
  : D_next <= D * (7 * r / 8 + 1 / 8) + r ^ 2 * eta ^ 2 * (2 * zeta2 / (1 - r) + sigma2).
Proof.
  pose proof (pos_INR mixing_n).
  assert (exists k_slack, 0 < k_slack /\ k_slack = 1 / r - 1)
    as [k_slack [k_slack_sign k_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / r) * (1 - r)).
    apply Rmult_lt_0_compat; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = (1 - r) / (4 * L * r * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 4) / (L * r * eta)) * (1 - r - (4 * L * r * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_r : r = 1 / (k_slack + 1)).
  { rewrite ?k_slack_def. identity. }
  assert (chart_eta : eta = k_slack / (4 * L * (s_slack + 1))).
  { rewrite ?k_slack_def, ?s_slack_def. identity. }
  {
  assert (fact_1 : D - norm2_y = 0).
  { exact (same _ _ H_the_spread). }
  assert (part_1 := times_zero (- r * (2 * r * L ^ 2 * eta ^ 2 + 1 - r) / (r - 1)) _ fact_1).
  assert (fact_2 : 0 <= norm2_b - norm2_c).
  { apply (linked _ _ _ H_c_is_b_less_its_mean_link).
  refine ((centred norm2_b norm2_m b_dot_m _ H_mean H_square)).
  { pose proof H_b2_sign. rewrite ?chart_r, ?chart_eta. written ((norm2_b)). sign. } }
  assert (multiplier_2 : 0 <= - 2 * r ^ 2 * eta ^ 2 / (r - 1)).
  { rewrite ?chart_r, ?chart_eta. written ((1 / 8) * k_slack / ((k_slack + 1) * L ^ 2 * (s_slack +
      1) ^ 2)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= norm2_y * L ^ 2 - norm2_b).
  { exact (room _ _ H_smoothness). }
  assert (multiplier_3 : 0 <= - 2 * r ^ 2 * eta ^ 2 / (r - 1)).
  { rewrite ?chart_r, ?chart_eta. written ((1 / 8) * k_slack / ((k_slack + 1) * L ^ 2 * (s_slack +
      1) ^ 2)). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= zeta2 - norm2_h).
  { exact (room _ _ H_dissimilarity). }
  assert (multiplier_4 : 0 <= - 2 * r ^ 2 * eta ^ 2 / (r - 1)).
  { rewrite ?chart_r, ?chart_eta. written ((1 / 8) * k_slack / ((k_slack + 1) * L ^ 2 * (s_slack +
      1) ^ 2)). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (fact_5 : 0 <= norm2_chi - norm2_xi).
  { apply (linked _ _ _ H_xi_is_chi_less_its_mean_link).
  refine ((centred norm2_chi norm2_m_ b_dot_m_ _ H_mean_ H_square_)).
  { pose proof H_chi2_sign. rewrite ?chart_r, ?chart_eta. written ((norm2_chi)). sign. } }
  assert (multiplier_5 : 0 <= r ^ 2 * eta ^ 2).
  { rewrite ?chart_r, ?chart_eta. written ((1 / 16) * k_slack ^ 2 / ((k_slack + 1) ^ 2 * L ^ 2 *
      (s_slack + 1) ^ 2)). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (fact_6 : 0 <= sigma2 - norm2_chi).
  { exact (room _ _ H_variance). }
  assert (multiplier_6 : 0 <= r ^ 2 * eta ^ 2).
  { rewrite ?chart_r, ?chart_eta. written ((1 / 16) * k_slack ^ 2 / ((k_slack + 1) ^ 2 * L ^ 2 *
      (s_slack + 1) ^ 2)). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  assert (fact_7 : y_dot_xi - 0 = 0).
  { exact (same _ _ H_unbiased_against_y). }
  assert (part_7 := times_zero (2 * eta * r ^ 2) _ fact_7).
  assert (fact_8 : c_dot_xi + h_dot_xi - 0 = 0).
  { exact (same _ _ H_unbiased_against_c_h). }
  assert (part_8 := times_zero (- 2 * r ^ 2 * eta ^ 2) _ fact_8).
  assert (fact_9 : 0 <= r ^ 2 * Z mixing_n - D_next).
  { apply (linked _ _ _ H_mixing_link).
  refine ((mixing r norm2_zW norm2_z M Z _ H_Z_sign H_no_direction H_no_mixed_direction
      H_one_more_direction H_one_more_mixed_direction H_eigenvalue mixing_n)).
  { generalize r_sign. cbn [INR]. lra. } }
  assert (fact_10 : 0 <= D * ((1 - r) ^ 2 - 16 * L ^ 2 * r ^ 2 * eta ^ 2) / (1 - r)).
  { rewrite ?chart_r, ?chart_eta. written (D * k_slack * s_slack * (s_slack + 2) / ((k_slack + 1) *
      (s_slack + 1) ^ 2)). sign. }
  assert (multiplier_10 : 0 <= 1 / 8).
  { rewrite ?chart_r, ?chart_eta. written ((1 / 8)). sign. }
  assert (part_10 := Rmult_le_pos _ _ multiplier_10 fact_10).
  assert (fact_11 : 0 <= norm2_c * r ^ 2 * eta ^ 2 + norm2_h * r ^ 2 * eta ^ 2 + 2 * c_dot_h * r ^ 2
      * eta ^ 2 + 2 * r * eta * c_dot_y * (1 - r) + 2 * r * eta * h_dot_y * (1 - r) + norm2_y * (1 -
      r) ^ 2).
  { exact H_square_2. }
  assert (multiplier_11 : 0 <= - r / (r - 1)).
  { rewrite ?chart_r, ?chart_eta. written (1 / k_slack). sign. }
  assert (part_11 := Rmult_le_pos _ _ multiplier_11 fact_11).
  assert (fact_12 : 0 <= norm2_c + norm2_h - 2 * c_dot_h).
  { exact H_square_3. }
  assert (multiplier_12 : 0 <= - r ^ 2 * eta ^ 2 / (r - 1)).
  { rewrite ?chart_r, ?chart_eta. written ((1 / 16) * k_slack / ((k_slack + 1) * L ^ 2 * (s_slack +
      1) ^ 2)). sign. }
  assert (part_12 := Rmult_le_pos _ _ multiplier_12 fact_12).
  assert (0 < 1 - r).
  { rewrite ?chart_r, ?chart_eta. written (k_slack / (k_slack + 1)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- r * (2 * r * L ^ 2 * eta ^ 2 + 1 - r) / (r
      - 1)) * (D - norm2_y) + (- 2 * r ^ 2 * eta ^ 2 / (r - 1)) * (norm2_b - norm2_c) + (- 2 * r ^ 2
      * eta ^ 2 / (r - 1)) * (norm2_y * L ^ 2 - norm2_b) + (- 2 * r ^ 2 * eta ^ 2 / (r - 1)) *
      (zeta2 - norm2_h) + (r ^ 2 * eta ^ 2) * (norm2_chi - norm2_xi) + (r ^ 2 * eta ^ 2) * (sigma2 -
      norm2_chi) + (2 * eta * r ^ 2) * (y_dot_xi - 0) + (- 2 * r ^ 2 * eta ^ 2) * (c_dot_xi +
      h_dot_xi - 0) + (r ^ 2 * Z mixing_n - D_next) + (1 / 8) * (D * ((1 - r) ^ 2 - 16 * L ^ 2 * r ^
      2 * eta ^ 2) / (1 - r)) + (- r / (r - 1)) * (norm2_c * r ^ 2 * eta ^ 2 + norm2_h * r ^ 2 * eta
      ^ 2 + 2 * c_dot_h * r ^ 2 * eta ^ 2 + 2 * r * eta * c_dot_y * (1 - r) + 2 * r * eta * h_dot_y
      * (1 - r) + norm2_y * (1 - r) ^ 2) + (- r ^ 2 * eta ^ 2 / (r - 1)) * (norm2_c + norm2_h - 2 *
      c_dot_h)) by (rewrite ?H_mixing_value; identity) end.
  parts.
  }
Qed.

(* Gradients, value and spread together grow by a constant a round *)
Lemma consensus_potential
  (L : R) (* the smoothness L *)
  (r : R) (* r >= √ρ, how far one mixing contracts, ρ = ‖E WᵀW − J‖ *)
  (eta : R) (* the step size η *)
  (sigma2 : R) (* the variance σ² of the step *)
  (zeta2 : R) (* ζ², mean ‖∇F_i − ∇F‖² at most *)
  (n : nat) (* the workers n *)
  (F0 : R) (* F(x̄_0) − F_inf *)
  (D : nat -> R) (*  *)
  (E : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (g : nat -> R) (*  *)
  (norm2_b : nat -> R) (* ‖b‖² *)
  (norm2_c : nat -> R) (* ‖c‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (norm2_xi_bar : nat -> R) (* ‖ξ̄‖² *)
  (c_dot_xi_bar : nat -> R) (* ⟨c,ξ̄⟩ *)
  (c_dot_gradF : nat -> R) (* ⟨c,∇F⟩ *)
  (xi_bar_dot_gradF : nat -> R) (* ⟨ξ̄,∇F⟩ *)
  (V : nat -> nat -> R) (*  *)
  (norm2_Z : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi : nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi : nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (b_dot_m : nat -> R) (* ⟨b,m⟩ *)
  (norm2_b_ : nat -> R) (* ‖b‖² *)
  (norm2_c_ : nat -> R) (* ‖c‖² *)
  (norm2_h : nat -> R) (* ‖h‖² *)
  (norm2_y_ : nat -> R) (* ‖y‖² *)
  (norm2_xi_ : nat -> R) (* ‖ξ‖² *)
  (norm2_chi : nat -> R) (* ‖χ‖² *)
  (c_dot_h : nat -> R) (* ⟨c,h⟩ *)
  (c_dot_y : nat -> R) (* ⟨c,y⟩ *)
  (c_dot_xi : nat -> R) (* ⟨c,ξ⟩ *)
  (h_dot_y : nat -> R) (* ⟨h,y⟩ *)
  (h_dot_xi : nat -> R) (* ⟨h,ξ⟩ *)
  (y_dot_xi : nat -> R) (* ⟨y,ξ⟩ *)
  (mixing_n : nat -> nat) (* the number n of theorem mixing *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (b_dot_m_ : nat -> R) (* ⟨b,m⟩ *)
  (norm2_m_ : nat -> R) (* ‖m‖² *)
  (b_dot_m_2 : nat -> R) (* ⟨b,m⟩ *)
  (norm2_zW : nat -> nat -> R) (* ‖zW‖² *)
  (norm2_z : nat -> nat -> R) (* ‖z‖² *)
  (M : nat -> nat -> R) (*  *)
  (Z : nat -> nat -> R) (*  *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: r >= √ρ, how far one mixing contracts, ρ = ‖E WᵀW − J‖ *)
  (r_sign : 0 < r)
  (* range: the step size η *)
  (eta_sign : 0 < eta)
  (* range: the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* range: ζ², mean ‖∇F_i − ∇F‖² at most *)
  (zeta2_sign : 0 <= zeta2)
  (* range: the workers n *)
  (n_sign : 0 < INR n)
  (* range: F(x̄_0) − F_inf *)
  (F0_sign : 0 <= F0)
  (* condition: r < 1 *)
  (in_range_r_1 : r < 1)
  (* condition: ηL <= 1 *)
  (in_range_etaL_1 : L * eta <= 1)
  (* condition: 4rηL <= 1 − r *)
  (in_range_4retaL_1_r : 4 * L * r * eta <= 1 - r)
  (* condition: n >= 1 *)
  (in_range_n_1 : 1 <= INR n)
  (* assumed: start: F(x̄_0) − F_inf is at most F₀ *)
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
  (* assumed: smoothness: descent lemma, F is L-smooth (of theorem mean_descent, cited for
      'mean_descent') *)
  (H_smoothness : forall T : nat, (E (S T)) + eta * (g T) + eta * (c_dot_gradF T) + eta *
      (xi_bar_dot_gradF T) <= (E T) + L * ((norm2_c T) * eta ^ 2 + (norm2_xi_bar T) * eta ^ 2 + (g
      T) * eta ^ 2 + 2 * (c_dot_xi_bar T) * eta ^ 2 + 2 * (c_dot_gradF T) * eta ^ 2 + 2 *
      (xi_bar_dot_gradF T) * eta ^ 2) / 2)
  (* assumed: unbiased, against ∇F: ξ̄ has mean zero and ∇F is fixed before the draw (of theorem
      mean_descent, cited for 'mean_descent') *)
  (H_unbiased_against_gradF : forall T : nat, (xi_bar_dot_gradF T) = 0)
  (* assumed: unbiased, against c: ξ̄ has mean zero and c is fixed before the draw (of theorem
      mean_descent, cited for 'mean_descent') *)
  (H_unbiased_against_c : forall T : nat, (c_dot_xi_bar T) = 0)
  (* assumed: mean noise: ξ̄ is the mean of n independent noises (of theorem mean_descent, cited for
      'mean_descent') *)
  (H_mean_noise : forall T : nat, (norm2_xi_bar T) = (V T) n / (INR n) ^ 2)
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem mean_descent, cited for 'mean_descent') *)
  (H_empty_sum : forall T : nat, (V T) O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem mean_descent, cited for 'mean_descent') *)
  (H_so_far : forall T : nat, forall k : nat, (V T) k = ((norm2_Z T) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem mean_descent, cited for 'mean_descent') *)
  (H_one_more : forall T : nat, forall k : nat, (V T) (S k) = ((norm2_Z T) k) + ((norm2_xi T) k) + 2
      * ((Z_dot_xi T) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem mean_descent, cited for 'mean_descent') *)
  (H_unbiased_against_Z : forall T : nat, forall k : nat, ((Z_dot_xi T) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem mean_descent, cited for 'mean_descent') *)
  (H_variance : forall T : nat, forall k : nat, ((norm2_xi T) k) <= sigma2)
  (* squared norm: ‖b‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem mean_descent, cited for 'mean_descent') *)
  (H_b2_sign : forall T : nat, 0 <= (norm2_b T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'c is the mean of b') (of theorem mean_descent, cited for 'mean_descent') *)
  (H_mean : forall T : nat, (b_dot_m T) = (norm2_c T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'c is the mean
      of b') (of theorem mean_descent, cited for 'mean_descent') *)
  (H_square : forall T : nat, 0 <= (norm2_b T) + (norm2_c T) - 2 * (b_dot_m T))
  (* assumed: gradients near the mean: every F_i is L-smooth (of theorem mean_descent, cited for
      'mean_descent') *)
  (H_gradients_near_the_mean : forall T : nat, (norm2_b T) <= (norm2_y T) * L ^ 2)
  (* assumed: the spread: D is the mean of ‖x_i − x̄‖² (of theorem mean_descent, cited for
      'mean_descent') *)
  (H_the_spread : forall T : nat, (D T) = (norm2_y T))
  (* squared norm: a squared norm: ‖c + ∇F‖² (of theorem mean_descent, cited for 'mean_descent') *)
  (H_square_ : forall T : nat, 0 <= (norm2_c T) + (g T) + 2 * (c_dot_gradF T))
  (* assumed: the spread: D is the mean of ‖y_i‖² (of theorem consensus, cited for 'consensus') *)
  (H_the_spread_ : forall T : nat, (D T) = (norm2_y_ T))
  (* squared norm: ‖b‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem consensus, cited for 'consensus') *)
  (H_b2_sign_ : forall T : nat, 0 <= (norm2_b_ T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'c
      is b less its mean') (of theorem consensus, cited for 'consensus') *)
  (H_mean_ : forall T : nat, (b_dot_m_ T) = (norm2_m T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'c is b less its mean') (of
      theorem consensus, cited for 'consensus') *)
  (H_square_2 : forall T : nat, 0 <= (norm2_m T))
  (* what is bounded: 'c is b less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem consensus, cited for 'consensus') *)
  (H_c_is_b_less_its_mean_link : forall T : nat, (norm2_c_ T) = (norm2_b_ T) + (norm2_m T) - 2 *
      (b_dot_m_ T))
  (* assumed: smoothness: every F_i is L-smooth (of theorem consensus, cited for 'consensus') *)
  (H_smoothness_ : forall T : nat, (norm2_b_ T) <= (norm2_y_ T) * L ^ 2)
  (* assumed: dissimilarity: (1/n) Σ ‖∇F_i(x̄) − ∇F(x̄)‖² <= ζ² (of theorem consensus, cited for
      'consensus') *)
  (H_dissimilarity : forall T : nat, (norm2_h T) <= zeta2)
  (* squared norm: ‖χ‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem consensus, cited for 'consensus') *)
  (H_chi2_sign : forall T : nat, 0 <= (norm2_chi T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'ξ
      is χ less its mean') (of theorem consensus, cited for 'consensus') *)
  (H_mean_2 : forall T : nat, (b_dot_m_2 T) = (norm2_m_ T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'ξ is χ less its mean') (of
      theorem consensus, cited for 'consensus') *)
  (H_square_3 : forall T : nat, 0 <= (norm2_m_ T))
  (* what is bounded: 'ξ is χ less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem consensus, cited for 'consensus') *)
  (H_xi_is_chi_less_its_mean_link : forall T : nat, (norm2_xi_ T) = (norm2_chi T) + (norm2_m_ T) - 2
      * (b_dot_m_2 T))
  (* assumed: variance: noise of variance at most σ² at every worker (of theorem consensus, cited
      for 'consensus') *)
  (H_variance_ : forall T : nat, (norm2_chi T) <= sigma2)
  (* assumed: unbiased, against y: ξ has mean zero and y is fixed before the draw (of theorem
      consensus, cited for 'consensus') *)
  (H_unbiased_against_y : forall T : nat, (y_dot_xi T) = 0)
  (* assumed: unbiased, against c + h: ξ has mean zero and c + h is fixed before the draw (of
      theorem consensus, cited for 'consensus') *)
  (H_unbiased_against_c_h : forall T : nat, (c_dot_xi T) + (h_dot_xi T) = 0)
  (* range: ‖z‖² (of theorem mixing, cited for 'mixing') (of theorem consensus, cited for
      'consensus') *)
  (H_Z_sign : forall T : nat, forall n : nat, 0 <= (Z T) n)
  (* assumed: no direction: Z(0) is an empty sum (of theorem mixing, cited for 'mixing') (of theorem
      consensus, cited for 'consensus') *)
  (H_no_direction : forall T : nat, (Z T) O = 0)
  (* assumed: no mixed direction: M(0) is an empty sum (of theorem mixing, cited for 'mixing') (of
      theorem consensus, cited for 'consensus') *)
  (H_no_mixed_direction : forall T : nat, (M T) O = 0)
  (* assumed: one more direction: eigenvectors are orthogonal (of theorem mixing, cited for
      'mixing') (of theorem consensus, cited for 'consensus') *)
  (H_one_more_direction : forall T : nat, forall n : nat, (Z T) (S n) = ((norm2_z T) n) + (Z T) n)
  (* assumed: one more mixed direction: zᵀ E[WWᵀ] z is the sum over eigenvectors (of theorem mixing,
      cited for 'mixing') (of theorem consensus, cited for 'consensus') *)
  (H_one_more_mixed_direction : forall T : nat, forall n : nat, (M T) (S n) = ((norm2_zW T) n) + (M
      T) n)
  (* assumed: eigenvalue: E‖zW‖² = λ‖z‖² along an eigenvector, λ <= ρ <= r² (of theorem mixing,
      cited for 'mixing') (of theorem consensus, cited for 'consensus') *)
  (H_eigenvalue : forall T : nat, forall n : nat, ((norm2_zW T) n) <= ((norm2_z T) n) * r ^ 2)
  (* what is bounded: 'mixing': what theorem mixing bounds, E‖zW‖² (of theorem consensus, cited for
      'consensus') *)
  (H_mixing_link : forall T : nat, (D (S T)) = (M T) (mixing_n T))
  (* what is bounded: 'mixing': Z(n) of theorem mixing is η**2*‖c‖² + η**2*‖h‖² + η**2*‖ξ‖² +
      2*η**2*⟨c,h⟩ + 2*η**2*⟨c,ξ⟩ + 2*η**2*⟨h,ξ⟩ - 2*η*⟨c,y⟩ - 2*η*⟨h,y⟩ - 2*η*⟨y,ξ⟩ + ‖y‖² (of
      theorem consensus, cited for 'consensus') *)
  (H_mixing_value : forall T : nat, (Z T) (mixing_n T) = (norm2_c_ T) * eta ^ 2 + (norm2_h T) * eta
      ^ 2 + (norm2_xi_ T) * eta ^ 2 + 2 * (c_dot_h T) * eta ^ 2 + 2 * (c_dot_xi T) * eta ^ 2 + 2 *
      (h_dot_xi T) * eta ^ 2 + (norm2_y_ T) - 2 * eta * (c_dot_y T) - 2 * eta * (h_dot_y T) - 2 *
      eta * (y_dot_xi T))
  (* squared norm: a squared norm: ‖c*r*η + h*r*η + y*(1 - r)‖² (of theorem consensus, cited for
      'consensus') *)
  (H_square_2_ : forall T : nat, 0 <= (norm2_c_ T) * r ^ 2 * eta ^ 2 + (norm2_h T) * r ^ 2 * eta ^ 2
      + 2 * (c_dot_h T) * r ^ 2 * eta ^ 2 + 2 * r * eta * (c_dot_y T) * (1 - r) + 2 * r * eta *
      (h_dot_y T) * (1 - r) + (norm2_y_ T) * (1 - r) ^ 2)
  (* squared norm: a squared norm: ‖c - h‖² (of theorem consensus, cited for 'consensus') *)
  (H_square_3_ : forall T : nat, 0 <= (norm2_c_ T) + (norm2_h T) - 2 * (c_dot_h T))
  (* assumed: one more gradient: S(T + 1) adds E‖∇F(x̄_T)‖² *)
  (H_one_more_gradient : forall T : nat, S_ (S T) = S_ T + g T)
  : forall T : nat, 4 * eta * L ^ 2 * D T / (7 * (1 - r)) + eta * S_ T / 2 + E T <= F0 + INR T * (4
      * L ^ 2 * r ^ 2 * eta ^ 3 * (2 * zeta2 / (1 - r) + sigma2) / (7 * (1 - r)) + L * sigma2 * eta
      ^ 2 / (2 * INR n)).
Proof.
  pose proof (pos_INR n).
  assert (exists k_slack, 0 < k_slack /\ k_slack = 1 / r - 1)
    as [k_slack [k_slack_sign k_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / r) * (1 - r)).
    apply Rmult_lt_0_compat; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = (1 - r) / (4 * L * r * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 4) / (L * r * eta)) * (1 - r - (4 * L * r * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_r : r = 1 / (k_slack + 1)).
  { rewrite ?k_slack_def. identity. }
  assert (chart_eta : eta = k_slack / (4 * L * (s_slack + 1))).
  { rewrite ?k_slack_def, ?s_slack_def. identity. }
  assert (every : forall T : nat, 4 * eta * L ^ 2 * D T / (7 * (1 - r)) + eta * S_ T / 2 + E T <= F0
      + INR T * (4 * L ^ 2 * r ^ 2 * eta ^ 3 * (2 * zeta2 / (1 - r) + sigma2) / (7 * (1 - r)) + L *
      sigma2 * eta ^ 2 / (2 * INR n))).
  { intro T. induction T as [| T hypothesis].
  - (* base, T = 0 *) assert (goal : 4 * eta * L ^ 2 * D O / (7 * (1 - r)) + eta * S_ O / 2 + E O <=
      F0 + 0 * (4 * L ^ 2 * r ^ 2 * eta ^ 3 * (2 * zeta2 / (1 - r) + sigma2) / (7 * (1 - r)) + L *
      sigma2 * eta ^ 2 / (2 * INR n))).
  {
  pose proof (H_b2_sign O).
  pose proof (H_b2_sign_ O).
  pose proof (H_chi2_sign O).
  assert (fact_1 : 0 <= F0 - (E O)).
  { exact (room _ _ H_start). }
  assert (fact_2 : D O - 0 = 0).
  { exact (same _ _ H_equal_start). }
  assert (part_2 := times_zero (4 * eta * L ^ 2 / (7 * (r - 1))) _ fact_2).
  assert (fact_3 : S_ O - 0 = 0).
  { exact (same _ _ H_no_gradient_yet). }
  assert (part_3 := times_zero (- eta / 2) _ fact_3).
  assert (0 < 1 - r).
  { rewrite ?chart_r, ?chart_eta. written (k_slack / (k_slack + 1)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F0 - (E O)) + (4 * eta * L ^ 2 / (7 * (r -
      1))) * (D O - 0) + (- eta / 2) * (S_ O - 0)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, T to T + 1 *) assert (goal : 4 * eta * L ^ 2 * D (S T) / (7 * (1 - r)) + eta * S_
      (S T) / 2 + E (S T) <= F0 + (INR T + 1) * (4 * L ^ 2 * r ^ 2 * eta ^ 3 * (2 * zeta2 / (1 - r)
      + sigma2) / (7 * (1 - r)) + L * sigma2 * eta ^ 2 / (2 * INR n))).
  {
  pose proof (pos_INR T) as index_sign.
  pose proof (H_b2_sign T).
  pose proof (H_b2_sign_ T).
  pose proof (H_chi2_sign T).
  assert (fact_1 : 0 <= (D T) * eta * L ^ 2 / 2 + (E T) + L * sigma2 * eta ^ 2 / (2 * INR n) - eta *
      (g T) / 2 - (E (S T))).
  { apply room.
  refine ((mean_descent L eta sigma2 n (E T) (g T) (D T) (E (S T)) (norm2_b T) (norm2_c T) (norm2_y
      T) (norm2_xi_bar T) (c_dot_xi_bar T) (c_dot_gradF T) (xi_bar_dot_gradF T) (V T) (norm2_Z T)
      (norm2_xi T) (Z_dot_xi T) (b_dot_m T) _ _ _ _ _ _ _ _ _ (H_smoothness T)
      (H_unbiased_against_gradF T) (H_unbiased_against_c T) (H_mean_noise T) (H_empty_sum T)
      (H_so_far T) (H_one_more T) (H_unbiased_against_Z T) (H_variance T) (H_b2_sign T) (H_mean T)
      (H_square T) (H_gradients_near_the_mean T) (H_the_spread T) (H_square_ T))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize sigma2_sign. cbn [INR]. lra. }
  { generalize n_sign. cbn [INR]. lra. }
  { pose proof (H_E_T_sign T). rewrite ?chart_r, ?chart_eta. written ((E T)). sign. }
  { pose proof (H_g_T_sign T). rewrite ?chart_r, ?chart_eta. written ((g T)). sign. }
  { pose proof (H_D_T_sign T). rewrite ?chart_r, ?chart_eta. written ((D T)). sign. }
  { generalize in_range_etaL_1. cbn [INR]. lra. }
  { generalize in_range_n_1. cbn [INR]. lra. } }
  assert (fact_2 : 0 <= (D T) * (7 * r / 8 + 1 / 8) + r ^ 2 * eta ^ 2 * (2 * zeta2 / (1 - r) +
      sigma2) - (D (S T))).
  { apply room.
  refine ((consensus L r eta sigma2 zeta2 (D T) (D (S T)) (norm2_b_ T) (norm2_c_ T) (norm2_h T)
      (norm2_y_ T) (norm2_xi_ T) (norm2_chi T) (c_dot_h T) (c_dot_y T) (c_dot_xi T) (h_dot_y T)
      (h_dot_xi T) (y_dot_xi T) (mixing_n T) (norm2_m T) (b_dot_m_ T) (norm2_m_ T) (b_dot_m_2 T)
      (norm2_zW T) (norm2_z T) (M T) (Z T) _ _ _ _ _ _ _ _ (H_the_spread_ T) (H_b2_sign_ T) (H_mean_
      T) (H_square_2 T) (H_c_is_b_less_its_mean_link T) (H_smoothness_ T) (H_dissimilarity T)
      (H_chi2_sign T) (H_mean_2 T) (H_square_3 T) (H_xi_is_chi_less_its_mean_link T) (H_variance_ T)
      (H_unbiased_against_y T) (H_unbiased_against_c_h T) (H_Z_sign T) (H_no_direction T)
      (H_no_mixed_direction T) (H_one_more_direction T) (H_one_more_mixed_direction T) (H_eigenvalue
      T) (H_mixing_link T) (H_mixing_value T) (H_square_2_ T) (H_square_3_ T))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize r_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize sigma2_sign. cbn [INR]. lra. }
  { generalize zeta2_sign. cbn [INR]. lra. }
  { pose proof (H_D_T_sign T). rewrite ?chart_r, ?chart_eta. written ((D T)). sign. }
  { generalize in_range_r_1. cbn [INR]. lra. }
  { generalize in_range_4retaL_1_r. cbn [INR]. lra. } }
  assert (multiplier_2 : 0 <= - 4 * eta * L ^ 2 / (7 * (r - 1))).
  { rewrite ?chart_r, ?chart_eta. written ((1 / 7) * L * (k_slack + 1) / (s_slack + 1)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : S_ (S T) - (S_ T + g T) = 0).
  { exact (same _ _ (H_one_more_gradient T)). }
  assert (part_3 := times_zero (- eta / 2) _ fact_3).
  assert (fact_4 : 0 <= F0 + INR T * (4 * L ^ 2 * r ^ 2 * eta ^ 3 * (2 * zeta2 / (1 - r) + sigma2) /
      (7 * (1 - r)) + L * sigma2 * eta ^ 2 / (2 * INR n)) - (4 * eta * L ^ 2 * D T / (7 * (1 - r)) +
      eta * S_ T / 2 + E T)).
  { exact (room _ _ hypothesis). }
  assert (0 < 1 - r).
  { rewrite ?chart_r, ?chart_eta. written (k_slack / (k_slack + 1)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (((D T) * eta * L ^ 2 / 2 + (E T) + L * sigma2
      * eta ^ 2 / (2 * INR n) - eta * (g T) / 2 - (E (S T))) + (- 4 * eta * L ^ 2 / (7 * (r - 1))) *
      ((D T) * (7 * r / 8 + 1 / 8) + r ^ 2 * eta ^ 2 * (2 * zeta2 / (1 - r) + sigma2) - (D (S T))) +
      (- eta / 2) * (S_ (S T) - (S_ T + g T)) + (F0 + INR T * (4 * L ^ 2 * r ^ 2 * eta ^ 3 * (2 *
      zeta2 / (1 - r) + sigma2) / (7 * (1 - r)) + L * sigma2 * eta ^ 2 / (2 * INR n)) - (4 * eta * L
      ^ 2 * D T / (7 * (1 - r)) + eta * S_ T / 2 + E T))) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro T. exact (every T).
Qed.

(* Decentralised training, step then mix: a small gradient through the spectral gap *)
Theorem decentralised
  (L : R) (* the smoothness L *)
  (r : R) (* r >= √ρ, how far one mixing contracts, ρ = ‖E WᵀW − J‖ *)
  (eta : R) (* the step size η *)
  (sigma2 : R) (* the variance σ² of the step *)
  (zeta2 : R) (* ζ², mean ‖∇F_i − ∇F‖² at most *)
  (n : nat) (* the workers n *)
  (F0 : R) (* F(x̄_0) − F_inf *)
  (T : nat) (* the rounds T *)
  (phi : R) (* φ *)
  (norm2_y : R) (* ‖y‖² *)
  (D : nat -> R) (*  *)
  (E : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (g : nat -> R) (*  *)
  (norm2_b : nat -> R) (* ‖b‖² *)
  (norm2_c : nat -> R) (* ‖c‖² *)
  (norm2_y_ : nat -> R) (* ‖y‖² *)
  (norm2_xi_bar : nat -> R) (* ‖ξ̄‖² *)
  (c_dot_xi_bar : nat -> R) (* ⟨c,ξ̄⟩ *)
  (c_dot_gradF : nat -> R) (* ⟨c,∇F⟩ *)
  (xi_bar_dot_gradF : nat -> R) (* ⟨ξ̄,∇F⟩ *)
  (V : nat -> nat -> R) (*  *)
  (norm2_Z : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi : nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi : nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (b_dot_m : nat -> R) (* ⟨b,m⟩ *)
  (norm2_b_ : nat -> R) (* ‖b‖² *)
  (norm2_c_ : nat -> R) (* ‖c‖² *)
  (norm2_h : nat -> R) (* ‖h‖² *)
  (norm2_y_2 : nat -> R) (* ‖y‖² *)
  (norm2_xi_ : nat -> R) (* ‖ξ‖² *)
  (norm2_chi : nat -> R) (* ‖χ‖² *)
  (c_dot_h : nat -> R) (* ⟨c,h⟩ *)
  (c_dot_y : nat -> R) (* ⟨c,y⟩ *)
  (c_dot_xi : nat -> R) (* ⟨c,ξ⟩ *)
  (h_dot_y : nat -> R) (* ⟨h,y⟩ *)
  (h_dot_xi : nat -> R) (* ⟨h,ξ⟩ *)
  (y_dot_xi : nat -> R) (* ⟨y,ξ⟩ *)
  (mixing_n : nat -> nat) (* the number n of theorem mixing *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (b_dot_m_ : nat -> R) (* ⟨b,m⟩ *)
  (norm2_m_ : nat -> R) (* ‖m‖² *)
  (b_dot_m_2 : nat -> R) (* ⟨b,m⟩ *)
  (norm2_zW : nat -> nat -> R) (* ‖zW‖² *)
  (norm2_z : nat -> nat -> R) (* ‖z‖² *)
  (M : nat -> nat -> R) (*  *)
  (Z : nat -> nat -> R) (*  *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: r >= √ρ, how far one mixing contracts, ρ = ‖E WᵀW − J‖ *)
  (r_sign : 0 < r)
  (* range: the step size η *)
  (eta_sign : 0 < eta)
  (* range: the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* range: ζ², mean ‖∇F_i − ∇F‖² at most *)
  (zeta2_sign : 0 <= zeta2)
  (* range: the workers n *)
  (n_sign : 0 < INR n)
  (* range: F(x̄_0) − F_inf *)
  (F0_sign : 0 <= F0)
  (* condition: r < 1 *)
  (in_range_r_1 : r < 1)
  (* condition: ηL <= 1 *)
  (in_range_etaL_1 : L * eta <= 1)
  (* condition: 4rηL <= 1 − r *)
  (in_range_4retaL_1_r : 4 * L * r * eta <= 1 - r)
  (* condition: n >= 1 *)
  (in_range_n_1 : 1 <= INR n)
  (* condition: T >= 1 *)
  (in_range_T_1 : 1 <= INR T)
  (* assumed: start: F(x̄_0) − F_inf is at most F₀ (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_start : E O <= F0)
  (* assumed: equal start: workers start equal (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_equal_start : D O = 0)
  (* assumed: no gradient yet: S(0) is an empty sum (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_no_gradient_yet : S_ O = 0)
  (* squared norm: E(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem consensus_potential, cited for 'consensus_potential') *)
  (H_E_T_sign : forall T : nat, 0 <= E T)
  (* squared norm: g(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem consensus_potential, cited for 'consensus_potential') *)
  (H_g_T_sign : forall T : nat, 0 <= g T)
  (* squared norm: D(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem consensus_potential, cited for 'consensus_potential') *)
  (H_D_T_sign : forall T : nat, 0 <= D T)
  (* assumed: smoothness: descent lemma, F is L-smooth (of theorem mean_descent, cited for
      'mean_descent') (of theorem consensus_potential, cited for 'consensus_potential') *)
  (H_smoothness : forall T : nat, (E (S T)) + eta * (g T) + eta * (c_dot_gradF T) + eta *
      (xi_bar_dot_gradF T) <= (E T) + L * ((norm2_c T) * eta ^ 2 + (norm2_xi_bar T) * eta ^ 2 + (g
      T) * eta ^ 2 + 2 * (c_dot_xi_bar T) * eta ^ 2 + 2 * (c_dot_gradF T) * eta ^ 2 + 2 *
      (xi_bar_dot_gradF T) * eta ^ 2) / 2)
  (* assumed: unbiased, against ∇F: ξ̄ has mean zero and ∇F is fixed before the draw (of theorem
      mean_descent, cited for 'mean_descent') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_unbiased_against_gradF : forall T : nat, (xi_bar_dot_gradF T) = 0)
  (* assumed: unbiased, against c: ξ̄ has mean zero and c is fixed before the draw (of theorem
      mean_descent, cited for 'mean_descent') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_unbiased_against_c : forall T : nat, (c_dot_xi_bar T) = 0)
  (* assumed: mean noise: ξ̄ is the mean of n independent noises (of theorem mean_descent, cited for
      'mean_descent') (of theorem consensus_potential, cited for 'consensus_potential') *)
  (H_mean_noise : forall T : nat, (norm2_xi_bar T) = (V T) n / (INR n) ^ 2)
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem mean_descent, cited for 'mean_descent') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_empty_sum : forall T : nat, (V T) O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem mean_descent, cited for 'mean_descent') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_so_far : forall T : nat, forall k : nat, (V T) k = ((norm2_Z T) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem mean_descent, cited for 'mean_descent') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_one_more : forall T : nat, forall k : nat, (V T) (S k) = ((norm2_Z T) k) + ((norm2_xi T) k) + 2
      * ((Z_dot_xi T) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem mean_descent, cited for 'mean_descent') (of
      theorem consensus_potential, cited for 'consensus_potential') *)
  (H_unbiased_against_Z : forall T : nat, forall k : nat, ((Z_dot_xi T) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem mean_descent, cited for 'mean_descent') (of theorem
      consensus_potential, cited for 'consensus_potential') *)
  (H_variance : forall T : nat, forall k : nat, ((norm2_xi T) k) <= sigma2)
  (* squared norm: ‖b‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem mean_descent, cited for 'mean_descent') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_b2_sign : forall T : nat, 0 <= (norm2_b T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'c is the mean of b') (of theorem mean_descent, cited for 'mean_descent') (of
      theorem consensus_potential, cited for 'consensus_potential') *)
  (H_mean : forall T : nat, (b_dot_m T) = (norm2_c T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'c is the mean
      of b') (of theorem mean_descent, cited for 'mean_descent') (of theorem consensus_potential,
      cited for 'consensus_potential') *)
  (H_square : forall T : nat, 0 <= (norm2_b T) + (norm2_c T) - 2 * (b_dot_m T))
  (* assumed: gradients near the mean: every F_i is L-smooth (of theorem mean_descent, cited for
      'mean_descent') (of theorem consensus_potential, cited for 'consensus_potential') *)
  (H_gradients_near_the_mean : forall T : nat, (norm2_b T) <= (norm2_y_ T) * L ^ 2)
  (* assumed: the spread: D is the mean of ‖x_i − x̄‖² (of theorem mean_descent, cited for
      'mean_descent') (of theorem consensus_potential, cited for 'consensus_potential') *)
  (H_the_spread : forall T : nat, (D T) = (norm2_y_ T))
  (* squared norm: a squared norm: ‖c + ∇F‖² (of theorem mean_descent, cited for 'mean_descent') (of
      theorem consensus_potential, cited for 'consensus_potential') *)
  (H_square_ : forall T : nat, 0 <= (norm2_c T) + (g T) + 2 * (c_dot_gradF T))
  (* assumed: the spread: D is the mean of ‖y_i‖² (of theorem consensus, cited for 'consensus') (of
      theorem consensus_potential, cited for 'consensus_potential') *)
  (H_the_spread_ : forall T : nat, (D T) = (norm2_y_2 T))
  (* squared norm: ‖b‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem consensus, cited for 'consensus') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_b2_sign_ : forall T : nat, 0 <= (norm2_b_ T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'c
      is b less its mean') (of theorem consensus, cited for 'consensus') (of theorem
      consensus_potential, cited for 'consensus_potential') *)
  (H_mean_ : forall T : nat, (b_dot_m_ T) = (norm2_m T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'c is b less its mean') (of
      theorem consensus, cited for 'consensus') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_square_2 : forall T : nat, 0 <= (norm2_m T))
  (* what is bounded: 'c is b less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem consensus, cited for 'consensus') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_c_is_b_less_its_mean_link : forall T : nat, (norm2_c_ T) = (norm2_b_ T) + (norm2_m T) - 2 *
      (b_dot_m_ T))
  (* assumed: smoothness: every F_i is L-smooth (of theorem consensus, cited for 'consensus') (of
      theorem consensus_potential, cited for 'consensus_potential') *)
  (H_smoothness_ : forall T : nat, (norm2_b_ T) <= (norm2_y_2 T) * L ^ 2)
  (* assumed: dissimilarity: (1/n) Σ ‖∇F_i(x̄) − ∇F(x̄)‖² <= ζ² (of theorem consensus, cited for
      'consensus') (of theorem consensus_potential, cited for 'consensus_potential') *)
  (H_dissimilarity : forall T : nat, (norm2_h T) <= zeta2)
  (* squared norm: ‖χ‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem consensus, cited for 'consensus') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_chi2_sign : forall T : nat, 0 <= (norm2_chi T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for 'ξ
      is χ less its mean') (of theorem consensus, cited for 'consensus') (of theorem
      consensus_potential, cited for 'consensus_potential') *)
  (H_mean_2 : forall T : nat, (b_dot_m_2 T) = (norm2_m_ T))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'ξ is χ less its mean') (of
      theorem consensus, cited for 'consensus') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_square_3 : forall T : nat, 0 <= (norm2_m_ T))
  (* what is bounded: 'ξ is χ less its mean': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of
      theorem consensus, cited for 'consensus') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_xi_is_chi_less_its_mean_link : forall T : nat, (norm2_xi_ T) = (norm2_chi T) + (norm2_m_ T) - 2
      * (b_dot_m_2 T))
  (* assumed: variance: noise of variance at most σ² at every worker (of theorem consensus, cited
      for 'consensus') (of theorem consensus_potential, cited for 'consensus_potential') *)
  (H_variance_ : forall T : nat, (norm2_chi T) <= sigma2)
  (* assumed: unbiased, against y: ξ has mean zero and y is fixed before the draw (of theorem
      consensus, cited for 'consensus') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_unbiased_against_y : forall T : nat, (y_dot_xi T) = 0)
  (* assumed: unbiased, against c + h: ξ has mean zero and c + h is fixed before the draw (of
      theorem consensus, cited for 'consensus') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_unbiased_against_c_h : forall T : nat, (c_dot_xi T) + (h_dot_xi T) = 0)
  (* range: ‖z‖² (of theorem mixing, cited for 'mixing') (of theorem consensus, cited for
      'consensus') (of theorem consensus_potential, cited for 'consensus_potential') *)
  (H_Z_sign : forall T : nat, forall n : nat, 0 <= (Z T) n)
  (* assumed: no direction: Z(0) is an empty sum (of theorem mixing, cited for 'mixing') (of theorem
      consensus, cited for 'consensus') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_no_direction : forall T : nat, (Z T) O = 0)
  (* assumed: no mixed direction: M(0) is an empty sum (of theorem mixing, cited for 'mixing') (of
      theorem consensus, cited for 'consensus') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_no_mixed_direction : forall T : nat, (M T) O = 0)
  (* assumed: one more direction: eigenvectors are orthogonal (of theorem mixing, cited for
      'mixing') (of theorem consensus, cited for 'consensus') (of theorem consensus_potential, cited
      for 'consensus_potential') *)
  (H_one_more_direction : forall T : nat, forall n : nat, (Z T) (S n) = ((norm2_z T) n) + (Z T) n)
  (* assumed: one more mixed direction: zᵀ E[WWᵀ] z is the sum over eigenvectors (of theorem mixing,
      cited for 'mixing') (of theorem consensus, cited for 'consensus') (of theorem
      consensus_potential, cited for 'consensus_potential') *)
  (H_one_more_mixed_direction : forall T : nat, forall n : nat, (M T) (S n) = ((norm2_zW T) n) + (M
      T) n)
  (* assumed: eigenvalue: E‖zW‖² = λ‖z‖² along an eigenvector, λ <= ρ <= r² (of theorem mixing,
      cited for 'mixing') (of theorem consensus, cited for 'consensus') (of theorem
      consensus_potential, cited for 'consensus_potential') *)
  (H_eigenvalue : forall T : nat, forall n : nat, ((norm2_zW T) n) <= ((norm2_z T) n) * r ^ 2)
  (* what is bounded: 'mixing': what theorem mixing bounds, E‖zW‖² (of theorem consensus, cited for
      'consensus') (of theorem consensus_potential, cited for 'consensus_potential') *)
  (H_mixing_link : forall T : nat, (D (S T)) = (M T) (mixing_n T))
  (* what is bounded: 'mixing': Z(n) of theorem mixing is η**2*‖c‖² + η**2*‖h‖² + η**2*‖ξ‖² +
      2*η**2*⟨c,h⟩ + 2*η**2*⟨c,ξ⟩ + 2*η**2*⟨h,ξ⟩ - 2*η*⟨c,y⟩ - 2*η*⟨h,y⟩ - 2*η*⟨y,ξ⟩ + ‖y‖² (of
      theorem consensus, cited for 'consensus') (of theorem consensus_potential, cited for
      'consensus_potential') *)
  (H_mixing_value : forall T : nat, (Z T) (mixing_n T) = (norm2_c_ T) * eta ^ 2 + (norm2_h T) * eta
      ^ 2 + (norm2_xi_ T) * eta ^ 2 + 2 * (c_dot_h T) * eta ^ 2 + 2 * (c_dot_xi T) * eta ^ 2 + 2 *
      (h_dot_xi T) * eta ^ 2 + (norm2_y_2 T) - 2 * eta * (c_dot_y T) - 2 * eta * (h_dot_y T) - 2 *
      eta * (y_dot_xi T))
  (* squared norm: a squared norm: ‖c*r*η + h*r*η + y*(1 - r)‖² (of theorem consensus, cited for
      'consensus') (of theorem consensus_potential, cited for 'consensus_potential') *)
  (H_square_2_ : forall T : nat, 0 <= (norm2_c_ T) * r ^ 2 * eta ^ 2 + (norm2_h T) * r ^ 2 * eta ^ 2
      + 2 * (c_dot_h T) * r ^ 2 * eta ^ 2 + 2 * r * eta * (c_dot_y T) * (1 - r) + 2 * r * eta *
      (h_dot_y T) * (1 - r) + (norm2_y_2 T) * (1 - r) ^ 2)
  (* squared norm: a squared norm: ‖c - h‖² (of theorem consensus, cited for 'consensus') (of
      theorem consensus_potential, cited for 'consensus_potential') *)
  (H_square_3_ : forall T : nat, 0 <= (norm2_c_ T) + (norm2_h T) - 2 * (c_dot_h T))
  (* assumed: one more gradient: S(T + 1) adds E‖∇F(x̄_T)‖² (of theorem consensus_potential, cited
      for 'consensus_potential') *)
  (H_one_more_gradient : forall T : nat, S_ (S T) = S_ T + g T)
  (* assumed: mean gradient: φ is the mean of E‖∇F(x̄_k)‖² *)
  (H_mean_gradient : phi = S_ T / INR T)
  (* assumed: F >= F_inf: F_inf is a lower bound *)
  (H_F_F_inf : 0 <= E T)
  (* assumed: the spread: D is the mean of ‖y_i‖² *)
  (H_the_spread_2 : D T = norm2_y)
  (* squared norm: a squared norm: ‖y‖² *)
  (H_square_4 : 0 <= norm2_y)
  : phi <= 2 * F0 / (INR T * eta) + 8 * L ^ 2 * r ^ 2 * eta ^ 2 * (2 * zeta2 / (1 - r) + sigma2) /
      (7 * (1 - r)) + L * eta * sigma2 / INR n.
Proof.
  pose proof (pos_INR n).
  pose proof (pos_INR T).
  assert (exists k_slack, 0 < k_slack /\ k_slack = 1 / r - 1)
    as [k_slack [k_slack_sign k_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / r) * (1 - r)).
    apply Rmult_lt_0_compat; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = (1 - r) / (4 * L * r * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 4) / (L * r * eta)) * (1 - r - (4 * L * r * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists omega_slack, 0 <= omega_slack /\ omega_slack = INR T - 1)
    as [omega_slack [omega_slack_sign omega_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR T - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_r : r = 1 / (k_slack + 1)).
  { rewrite ?k_slack_def. identity. }
  assert (chart_eta : eta = k_slack / (4 * L * (s_slack + 1))).
  { rewrite ?k_slack_def, ?s_slack_def. identity. }
  assert (chart_T : INR T = omega_slack + 1).
  { rewrite ?omega_slack_def. identity. }
  {
  assert (fact_1 : 0 <= F0 + INR T * (4 * L ^ 2 * r ^ 2 * eta ^ 3 * (2 * zeta2 / (1 - r) + sigma2) /
      (7 * (1 - r)) + L * sigma2 * eta ^ 2 / (2 * INR n)) - (4 * eta * L ^ 2 * D T / (7 * (1 - r)) +
      eta * S_ T / 2 + E T)).
  { apply room.
  refine ((consensus_potential L r eta sigma2 zeta2 n F0 D E S_ g norm2_b norm2_c norm2_y_
      norm2_xi_bar c_dot_xi_bar c_dot_gradF xi_bar_dot_gradF V norm2_Z norm2_xi Z_dot_xi b_dot_m
      norm2_b_ norm2_c_ norm2_h norm2_y_2 norm2_xi_ norm2_chi c_dot_h c_dot_y c_dot_xi h_dot_y
      h_dot_xi y_dot_xi mixing_n norm2_m b_dot_m_ norm2_m_ b_dot_m_2 norm2_zW norm2_z M Z _ _ _ _ _
      _ _ _ _ _ _ H_start H_equal_start H_no_gradient_yet H_E_T_sign H_g_T_sign H_D_T_sign
      H_smoothness H_unbiased_against_gradF H_unbiased_against_c H_mean_noise H_empty_sum H_so_far
      H_one_more H_unbiased_against_Z H_variance H_b2_sign H_mean H_square H_gradients_near_the_mean
      H_the_spread H_square_ H_the_spread_ H_b2_sign_ H_mean_ H_square_2 H_c_is_b_less_its_mean_link
      H_smoothness_ H_dissimilarity H_chi2_sign H_mean_2 H_square_3 H_xi_is_chi_less_its_mean_link
      H_variance_ H_unbiased_against_y H_unbiased_against_c_h H_Z_sign H_no_direction
      H_no_mixed_direction H_one_more_direction H_one_more_mixed_direction H_eigenvalue
      H_mixing_link H_mixing_value H_square_2_ H_square_3_ H_one_more_gradient T)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize r_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize sigma2_sign. cbn [INR]. lra. }
  { generalize zeta2_sign. cbn [INR]. lra. }
  { generalize n_sign. cbn [INR]. lra. }
  { generalize F0_sign. cbn [INR]. lra. }
  { generalize in_range_r_1. cbn [INR]. lra. }
  { generalize in_range_etaL_1. cbn [INR]. lra. }
  { generalize in_range_4retaL_1_r. cbn [INR]. lra. }
  { generalize in_range_n_1. cbn [INR]. lra. } }
  assert (multiplier_1 : 0 <= 2 / (INR T * eta)).
  { rewrite ?chart_r, ?chart_eta, ?chart_T. written (8 * L * (s_slack + 1) / (k_slack * (omega_slack
      + 1))). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : phi - (S_ T / INR T) = 0).
  { exact (same _ _ H_mean_gradient). }
  assert (part_2 := times_zero (- 1) _ fact_2).
  assert (fact_3 : 0 <= E T - 0).
  { exact (room _ _ H_F_F_inf). }
  assert (multiplier_3 : 0 <= 2 / (INR T * eta)).
  { rewrite ?chart_r, ?chart_eta, ?chart_T. written (8 * L * (s_slack + 1) / (k_slack * (omega_slack
      + 1))). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : D T - norm2_y = 0).
  { exact (same _ _ H_the_spread_2). }
  assert (part_4 := times_zero (- 8 * L ^ 2 / (7 * INR T * (r - 1))) _ fact_4).
  assert (fact_5 : 0 <= norm2_y).
  { exact H_square_4. }
  assert (multiplier_5 : 0 <= - 8 * L ^ 2 / (7 * INR T * (r - 1))).
  { rewrite ?chart_r, ?chart_eta, ?chart_T. written ((8 / 7) * (k_slack + 1) * L ^ 2 / (k_slack *
      (omega_slack + 1))). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (0 < 1 - r).
  { rewrite ?chart_r, ?chart_eta, ?chart_T. written (k_slack / (k_slack + 1)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((2 / (INR T * eta)) * (F0 + INR T * (4 * L ^ 2
      * r ^ 2 * eta ^ 3 * (2 * zeta2 / (1 - r) + sigma2) / (7 * (1 - r)) + L * sigma2 * eta ^ 2 / (2
      * INR n)) - (4 * eta * L ^ 2 * D T / (7 * (1 - r)) + eta * S_ T / 2 + E T)) + (- 1) * (phi -
      (S_ T / INR T)) + (2 / (INR T * eta)) * (E T - 0) + (- 8 * L ^ 2 / (7 * INR T * (r - 1))) * (D
      T - norm2_y) + (- 8 * L ^ 2 / (7 * INR T * (r - 1))) * norm2_y) by identity end.
  parts.
  }
Qed.

Print Assumptions decentralised.
