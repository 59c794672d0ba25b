(* Mixing, then stepping, contracts the spread of the workers. *)
(* Worker i is at x_i, y_i = x_i − x̄, D = (1/n) Σ ‖y_i‖²; b is ∇F_i(x_i) − ∇F_i(x̄), χ the noise, c
    and ξ are these less their means over workers, h is ∇F_i(x̄) − ∇F(x̄); W is symmetric, doubly
    stochastic and ρ = ‖E WᵀW − J‖, r >= √ρ. Products stand for means over workers, and
    expectations. X⁺ = XW − ηG. *)
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

(* Mixing, then stepping, contracts the spread of the workers *)
Theorem consensus_mix_first
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
  (H_mixing_link : norm2_yW = M mixing_n)
  (* what is bounded: 'mixing': Z(n) of theorem mixing is ‖y‖² *)
  (H_mixing_value : Z mixing_n = norm2_y)
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
  pose proof (pos_INR mixing_n).
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
  assert (part_1 := times_zero ((r ^ 2 - 2 * L ^ 2 * eta ^ 2 - r) / (r - 1)) _ fact_1).
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
  assert (fact_9 : 0 <= r ^ 2 * Z mixing_n - norm2_yW).
  { apply (linked _ _ _ H_mixing_link).
  refine ((mixing r norm2_zW norm2_z M Z _ H_Z_sign H_no_direction H_no_mixed_direction
      H_one_more_direction H_one_more_mixed_direction H_eigenvalue mixing_n)).
  { generalize r_sign. cbn [INR]. lra. } }
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
  match goal with |- 0 <= ?here => replace here with (((r ^ 2 - 2 * L ^ 2 * eta ^ 2 - r) / (r - 1))
      * (D - norm2_y) + (- 2 * eta ^ 2 / (r - 1)) * (norm2_b - norm2_c) + (- 2 * eta ^ 2 / (r - 1))
      * (norm2_y * L ^ 2 - norm2_b) + (- 2 * eta ^ 2 / (r - 1)) * (zeta2 - norm2_h) + (eta ^ 2) *
      (norm2_chi - norm2_xi) + (eta ^ 2) * (sigma2 - norm2_chi) + (2 * eta) * (yW_dot_xi - 0) + (- 2
      * eta ^ 2) * (c_dot_xi + h_dot_xi - 0) + (1 / r) * (r ^ 2 * Z mixing_n - norm2_yW) + (- 1) *
      (D_next + 2 * eta * c_dot_yW + 2 * eta * h_dot_yW + 2 * eta * yW_dot_xi - (norm2_c * eta ^ 2 +
      norm2_h * eta ^ 2 + norm2_xi * eta ^ 2 + 2 * c_dot_h * eta ^ 2 + 2 * c_dot_xi * eta ^ 2 + 2 *
      h_dot_xi * eta ^ 2 + norm2_yW)) + (1 / 8) * (D * ((1 - r) ^ 2 - 16 * L ^ 2 * eta ^ 2) / (1 -
      r)) + (- 1 / (r * (r - 1))) * (norm2_c * r ^ 2 * eta ^ 2 + norm2_h * r ^ 2 * eta ^ 2 + 2 *
      c_dot_h * r ^ 2 * eta ^ 2 + 2 * r * eta * c_dot_yW * (1 - r) + 2 * r * eta * h_dot_yW * (1 -
      r) + norm2_yW * (1 - r) ^ 2) + (- eta ^ 2 / (r - 1)) * (norm2_c + norm2_h - 2 * c_dot_h)) by
      (rewrite ?H_mixing_value; identity) end.
  parts.
  }
Qed.

Print Assumptions consensus_mix_first.
