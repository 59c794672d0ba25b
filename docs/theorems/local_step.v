(* One local step of every client, seen from their mean. *)
(* F = Σ d_k f_k, every f_k is L-smooth and μ-strongly convex; w̄ = Σ d_k w_k, e = w̄ − w*, δ = w_k
    − w̄, c = ∇f_k(w_k), b = ∇f_k(w̄), g = Σ d_k c, w̄⁺ = w̄ − γ(g + ξ), ξ = Σ d_k ξ_k; A = Σ d_k
    (f_k(w_k) − f_k(w* )), φ = F(w̄) − F*. Products of vectors stand for their means over clients
    with the weights d_k, and expectations. *)
(* Reference: Li et al. (ICLR 2020), lemma 1. *)

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

(* The gradient of a smooth function that is bounded below *)
Lemma bounded_gradient
  (L : R) (* the smoothness L *)
  (F : R) (* F(x) above its lower bound *)
  (F_next : R) (* F⁺ *)
  (norm2_gradF : R) (* ‖∇F‖² *)
  (* range: the smoothness L *)
  (L_sign : 0 < L)
  (* range: F(x) above its lower bound *)
  (F_sign : 0 <= F)
  (* assumed: smoothness: descent lemma, f is L-smooth *)
  (H_smoothness : F_next + norm2_gradF / (2 * L) <= F)
  (* assumed: f⁺ >= f*: f* is a lower bound *)
  (H_f_next_f_star : 0 <= F_next)
  : norm2_gradF <= 2 * F * L.
Proof.
  {
  assert (fact_1 : 0 <= F - (F_next + norm2_gradF / (2 * L))).
  { exact (room _ _ H_smoothness). }
  assert (multiplier_1 : 0 <= 2 * L).
  { written (2 * L). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : 0 <= F_next - 0).
  { exact (room _ _ H_f_next_f_star). }
  assert (multiplier_2 : 0 <= 2 * L).
  { written (2 * L). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((2 * L) * (F - (F_next + norm2_gradF / (2 *
      L))) + (2 * L) * (F_next - 0)) by identity end.
  parts.
  }
Qed.

(* One local step of every client, seen from their mean *)
Theorem local_step
  (L : R) (* the smoothness L of every client's f_i *)
  (mu : R) (* the strong convexity μ *)
  (gamma : R) (* the step size γ *)
  (norm2_e : R) (* ‖w̄ − w*‖² *)
  (N : R) (* N = Σ d_k² σ_k² *)
  (Gamma : R) (* Γ = F* − Σ d_i f_i* *)
  (D : R) (* D = Σ d_k ‖w_k − w̄‖² *)
  (A : R) (* A *)
  (phi : R) (* φ *)
  (norm2_b : R) (* ‖b‖² *)
  (norm2_c : R) (* ‖c‖² *)
  (norm2_g : R) (* ‖g‖² *)
  (norm2_delta : R) (* ‖δ‖² *)
  (norm2_xi : R) (* ‖ξ‖² *)
  (b_dot_delta : R) (* ⟨b,δ⟩ *)
  (c_dot_e : R) (* ⟨c,e⟩ *)
  (c_dot_g : R) (* ⟨c,g⟩ *)
  (c_dot_delta : R) (* ⟨c,δ⟩ *)
  (e_dot_g : R) (* ⟨e,g⟩ *)
  (e_dot_delta : R) (* ⟨e,δ⟩ *)
  (e_dot_xi : R) (* ⟨e,ξ⟩ *)
  (g_dot_xi : R) (* ⟨g,ξ⟩ *)
  (F_next : R) (* F⁺ *)
  (F_next_ : R) (* F⁺ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: ‖w̄ − w*‖² *)
  (norm2_e_sign : 0 <= norm2_e)
  (* range: N = Σ d_k² σ_k² *)
  (N_sign : 0 <= N)
  (* range: Γ = F* − Σ d_i f_i* *)
  (Gamma_sign : 0 <= Gamma)
  (* range: D = Σ d_k ‖w_k − w̄‖² *)
  (D_sign : 0 <= D)
  (* condition: L >= μ *)
  (in_range_L_mu : mu <= L)
  (* condition: γ <= 1/(2L) *)
  (in_range_gamma_1_2L : gamma <= 1 / (2 * L))
  (* assumed: mean point: Σ d_k (w_k − w̄) = 0 *)
  (H_mean_point : e_dot_delta = 0)
  (* assumed: mean gradient, against e: g = Σ d_k ∇f_k(w_k) *)
  (H_mean_gradient_against_e : c_dot_e = e_dot_g)
  (* assumed: mean gradient, against g: g = Σ d_k ∇f_k(w_k) *)
  (H_mean_gradient_against_g : c_dot_g = norm2_g)
  (* assumed: strong convexity: every f_k is μ-strongly convex, averaged *)
  (H_strong_convexity : A + mu * (norm2_e + norm2_delta + 2 * e_dot_delta) / 2 <= c_dot_e +
      c_dot_delta)
  (* squared norm: A is not negative, being a squared norm, a mean of them or an excess *)
  (H_A_sign : 0 <= A)
  (* assumed: smoothness: descent lemma, f is L-smooth (of theorem bounded_gradient, cited for
      'smooth and bounded below, at w_k') *)
  (H_smoothness : F_next + norm2_c / (2 * L) <= (A + Gamma))
  (* assumed: f⁺ >= f*: f* is a lower bound (of theorem bounded_gradient, cited for 'smooth and
      bounded below, at w_k') *)
  (H_f_next_f_star : 0 <= F_next)
  (* assumed: convexity at the mean: f_k is convex, between w̄ and w_k, averaged *)
  (H_convexity_at_the_mean : phi + b_dot_delta <= A)
  (* squared norm: φ is not negative, being a squared norm, a mean of them or an excess *)
  (H_phi_sign : 0 <= phi)
  (* assumed: smoothness: descent lemma, f is L-smooth (of theorem bounded_gradient, cited for
      'smooth and bounded below, at w̄') *)
  (H_smoothness_ : F_next_ + norm2_b / (2 * L) <= (Gamma + phi))
  (* assumed: f⁺ >= f*: f* is a lower bound (of theorem bounded_gradient, cited for 'smooth and
      bounded below, at w̄') *)
  (H_f_next_f_star_ : 0 <= F_next_)
  (* assumed: F(w̄) >= F*: w* is the minimiser *)
  (H_F_w_bar_F_star : 0 <= phi)
  (* assumed: unbiased, against e: ξ has mean zero and e is fixed before the draw *)
  (H_unbiased_against_e : e_dot_xi = 0)
  (* assumed: unbiased, against g: ξ has mean zero and g is fixed before the draw *)
  (H_unbiased_against_g : g_dot_xi = 0)
  (* assumed: batch noise: independent batches: E‖Σ d_k ξ_k‖² <= Σ d_k² σ_k² *)
  (H_batch_noise : norm2_xi <= N)
  (* assumed: drift: D is the drift *)
  (H_drift : D = norm2_delta)
  (* squared norm: a squared norm: ‖c - g‖² *)
  (H_square : 0 <= norm2_c + norm2_g - 2 * c_dot_g)
  (* squared norm: a squared norm: ‖-c*γ + δ‖² *)
  (H_square_ : 0 <= norm2_c * gamma ^ 2 + norm2_delta - 2 * gamma * c_dot_delta)
  (* squared norm: a squared norm: ‖b*γ + δ‖² *)
  (H_square_2 : 0 <= norm2_b * gamma ^ 2 + 2 * gamma * b_dot_delta + norm2_delta)
  (* squared norm: a squared norm: ‖δ‖² *)
  (H_square_3 : 0 <= norm2_delta)
  : norm2_g * gamma ^ 2 + norm2_xi * gamma ^ 2 + 2 * g_dot_xi * gamma ^ 2 + norm2_e - 2 * gamma *
      e_dot_g - 2 * gamma * e_dot_xi <= 2 * D + 6 * L * Gamma * gamma ^ 2 + N * gamma ^ 2 + norm2_e
      * (1 - gamma * mu).
Proof.
  assert (exists ell_slack, 0 <= ell_slack /\ ell_slack = L - mu)
    as [ell_slack [ell_slack_sign ell_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / gamma - 2 * L)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((2 * L / gamma) * (1 / (2 * L) - gamma)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_L : L = mu + ell_slack).
  { rewrite ?ell_slack_def. identity. }
  assert (chart_gamma : gamma = 1 / (s_slack + 2 * mu + 2 * ell_slack)).
  { rewrite ?ell_slack_def, ?s_slack_def. identity. }
  {
  assert (fact_1 : e_dot_delta - 0 = 0).
  { exact (same _ _ H_mean_point). }
  assert (part_1 := times_zero (2 * gamma * mu) _ fact_1).
  assert (fact_2 : c_dot_e - e_dot_g = 0).
  { exact (same _ _ H_mean_gradient_against_e). }
  assert (part_2 := times_zero (- 2 * gamma) _ fact_2).
  assert (fact_3 : c_dot_g - norm2_g = 0).
  { exact (same _ _ H_mean_gradient_against_g). }
  assert (part_3 := times_zero (2 * gamma ^ 2) _ fact_3).
  assert (fact_4 : 0 <= c_dot_e + c_dot_delta - (A + mu * (norm2_e + norm2_delta + 2 * e_dot_delta)
      / 2)).
  { exact (room _ _ H_strong_convexity). }
  assert (multiplier_4 : 0 <= 2 * gamma).
  { rewrite ?chart_L, ?chart_gamma. written (2 / (s_slack + 2 * mu + 2 * ell_slack)). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (fact_5 : 0 <= 2 * (A + Gamma) * L - norm2_c).
  { apply room.
  refine ((bounded_gradient L (A + Gamma) F_next norm2_c _ _ H_smoothness H_f_next_f_star)).
  { generalize L_sign. cbn [INR]. lra. }
  { pose proof H_A_sign. rewrite ?chart_L, ?chart_gamma. written (((A) + Gamma)). sign. } }
  assert (multiplier_5 : 0 <= 2 * gamma ^ 2).
  { rewrite ?chart_L, ?chart_gamma. written (2 / (s_slack + 2 * mu + 2 * ell_slack) ^ 2). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (fact_6 : 0 <= A - (phi + b_dot_delta)).
  { exact (room _ _ H_convexity_at_the_mean). }
  assert (multiplier_6 : 0 <= - 2 * gamma * (2 * L * gamma - 1)).
  { rewrite ?chart_L, ?chart_gamma. written (2 * s_slack / (s_slack + 2 * mu + 2 * ell_slack) ^ 2).
      sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  assert (fact_7 : 0 <= 2 * (Gamma + phi) * L - norm2_b).
  { apply room.
  refine ((bounded_gradient L (Gamma + phi) F_next_ norm2_b _ _ H_smoothness_ H_f_next_f_star_)).
  { generalize L_sign. cbn [INR]. lra. }
  { pose proof H_phi_sign. rewrite ?chart_L, ?chart_gamma. written (((phi) + Gamma)). sign. } }
  assert (multiplier_7 : 0 <= - gamma ^ 2 * (2 * L * gamma - 1)).
  { rewrite ?chart_L, ?chart_gamma. written (s_slack / (s_slack + 2 * mu + 2 * ell_slack) ^ 3).
      sign. }
  assert (part_7 := Rmult_le_pos _ _ multiplier_7 fact_7).
  assert (fact_8 : 0 <= phi - 0).
  { exact (room _ _ H_F_w_bar_F_star). }
  assert (multiplier_8 : 0 <= 2 * gamma * (L * gamma - 1) * (2 * L * gamma - 1)).
  { rewrite ?chart_L, ?chart_gamma. written (2 * s_slack * (s_slack + mu + ell_slack) / (s_slack + 2
      * mu + 2 * ell_slack) ^ 3). sign. }
  assert (part_8 := Rmult_le_pos _ _ multiplier_8 fact_8).
  assert (fact_9 : 0 <= Gamma).
  { rewrite ?chart_L, ?chart_gamma. written (Gamma). sign. }
  assert (multiplier_9 : 0 <= 4 * L ^ 2 * gamma ^ 3).
  { rewrite ?chart_L, ?chart_gamma. written (4 * (mu + ell_slack) ^ 2 / (s_slack + 2 * mu + 2 *
      ell_slack) ^ 3). sign. }
  assert (part_9 := Rmult_le_pos _ _ multiplier_9 fact_9).
  assert (fact_10 : e_dot_xi - 0 = 0).
  { exact (same _ _ H_unbiased_against_e). }
  assert (part_10 := times_zero (2 * gamma) _ fact_10).
  assert (fact_11 : g_dot_xi - 0 = 0).
  { exact (same _ _ H_unbiased_against_g). }
  assert (part_11 := times_zero (- 2 * gamma ^ 2) _ fact_11).
  assert (fact_12 : 0 <= N - norm2_xi).
  { exact (room _ _ H_batch_noise). }
  assert (multiplier_12 : 0 <= gamma ^ 2).
  { rewrite ?chart_L, ?chart_gamma. written (1 / (s_slack + 2 * mu + 2 * ell_slack) ^ 2). sign. }
  assert (part_12 := Rmult_le_pos _ _ multiplier_12 fact_12).
  assert (fact_13 : D - norm2_delta = 0).
  { exact (same _ _ H_drift). }
  assert (part_13 := times_zero (2) _ fact_13).
  assert (fact_14 : 0 <= norm2_c + norm2_g - 2 * c_dot_g).
  { exact H_square. }
  assert (multiplier_14 : 0 <= gamma ^ 2).
  { rewrite ?chart_L, ?chart_gamma. written (1 / (s_slack + 2 * mu + 2 * ell_slack) ^ 2). sign. }
  assert (part_14 := Rmult_le_pos _ _ multiplier_14 fact_14).
  assert (fact_15 : 0 <= norm2_c * gamma ^ 2 + norm2_delta - 2 * gamma * c_dot_delta).
  { exact H_square_. }
  assert (fact_16 : 0 <= norm2_b * gamma ^ 2 + 2 * gamma * b_dot_delta + norm2_delta).
  { exact H_square_2. }
  assert (multiplier_16 : 0 <= 1 - 2 * L * gamma).
  { rewrite ?chart_L, ?chart_gamma. written (s_slack / (s_slack + 2 * mu + 2 * ell_slack)). sign. }
  assert (part_16 := Rmult_le_pos _ _ multiplier_16 fact_16).
  assert (fact_17 : 0 <= norm2_delta).
  { exact H_square_3. }
  assert (multiplier_17 : 0 <= gamma * (2 * L + mu)).
  { rewrite ?chart_L, ?chart_gamma. written ((3 * mu + 2 * ell_slack) / (s_slack + 2 * mu + 2 *
      ell_slack)). sign. }
  assert (part_17 := Rmult_le_pos _ _ multiplier_17 fact_17).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((2 * gamma * mu) * (e_dot_delta - 0) + (- 2 *
      gamma) * (c_dot_e - e_dot_g) + (2 * gamma ^ 2) * (c_dot_g - norm2_g) + (2 * gamma) * (c_dot_e
      + c_dot_delta - (A + mu * (norm2_e + norm2_delta + 2 * e_dot_delta) / 2)) + (2 * gamma ^ 2) *
      (2 * (A + Gamma) * L - norm2_c) + (- 2 * gamma * (2 * L * gamma - 1)) * (A - (phi +
      b_dot_delta)) + (- gamma ^ 2 * (2 * L * gamma - 1)) * (2 * (Gamma + phi) * L - norm2_b) + (2 *
      gamma * (L * gamma - 1) * (2 * L * gamma - 1)) * (phi - 0) + (4 * L ^ 2 * gamma ^ 3) * Gamma +
      (2 * gamma) * (e_dot_xi - 0) + (- 2 * gamma ^ 2) * (g_dot_xi - 0) + (gamma ^ 2) * (N -
      norm2_xi) + 2 * (D - norm2_delta) + (gamma ^ 2) * (norm2_c + norm2_g - 2 * c_dot_g) + (norm2_c
      * gamma ^ 2 + norm2_delta - 2 * gamma * c_dot_delta) + (1 - 2 * L * gamma) * (norm2_b * gamma
      ^ 2 + 2 * gamma * b_dot_delta + norm2_delta) + (gamma * (2 * L + mu)) * norm2_delta) by
      identity end.
  parts.
  }
Qed.

Print Assumptions local_step.
