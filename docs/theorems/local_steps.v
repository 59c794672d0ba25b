(* K local steps and arbitrary sampling reach the minimiser at rate 1/t. *)
(* F = Σ d_i f_i, every f_i is L-smooth and μ-strongly convex; K local steps with γ_t = 2/(μ(g + t))
    between two averagings; independent processors with E H = 1, their probabilities fixed before
    the local steps that they sample; w_t is the mean of the clients' models before, and the
    server's model after averaging; a_t = E‖w_t − w*‖², V̄ the same for the mean of all clients, Y =
    E‖w_{t+1} − v_{t+1}‖² what the draw adds, 0 without averaging; j <= K − 1 steps since the last
    averaging, whose step size was γ_{t−j}. *)
(* Reference: Li et al. (ICLR 2020), theorems 2 and 3. *)

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
Lemma local_step
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
Lemma drift_since_averaging
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
Lemma sampled_average
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

(* Step sizes c/(g + t) at most halve within fewer than g rounds *)
Lemma halved_steps
  (c : R) (* the scale c *)
  (g : R) (* the offset g *)
  (t0 : nat) (* the round t₀ *)
  (j : nat) (* the rounds j since then *)
  (K : nat) (* the local steps K *)
  (* range: the scale c *)
  (c_sign : 0 < c)
  (* range: the offset g *)
  (g_sign : 0 < g)
  (* range: the local steps K *)
  (K_sign : 0 < INR K)
  (* condition: j <= K − 1 *)
  (in_range_j_K_1 : INR j <= INR K - 1)
  (* condition: g >= K *)
  (in_range_g_K : INR K <= g)
  : c / (g + INR t0) <= 2 * c / (g + INR j + INR t0).
Proof.
  pose proof (pos_INR t0).
  pose proof (pos_INR j).
  pose proof (pos_INR K).
  assert (exists s_slack, 0 <= s_slack /\ s_slack = INR K - INR j - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1 - (INR j))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists k_slack, 0 <= k_slack /\ k_slack = g - INR K)
    as [k_slack [k_slack_sign k_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (g - (INR K))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = INR j + s_slack + 1).
  { rewrite ?s_slack_def. identity. }
  assert (chart_g : g = INR j + k_slack + s_slack + 1).
  { rewrite ?s_slack_def, ?k_slack_def. identity. }
  {
  assert (fact_1 : 0 <= c * (g + INR t0 - INR j)).
  { rewrite ?chart_K, ?chart_g. written (c * (k_slack + s_slack + INR t0 + 1)). sign. }
  assert (multiplier_1 : 0 <= 1 / ((g + INR t0) * (g + INR j + INR t0))).
  { rewrite ?chart_K, ?chart_g. written (1 / ((INR j + k_slack + s_slack + INR t0 + 1) * (2 * INR j
      + k_slack + s_slack + INR t0 + 1))). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (0 < g + INR t0).
  { rewrite ?chart_K, ?chart_g. written ((INR j + k_slack + s_slack + INR t0 + 1)). sign. }
  assert (0 < g + INR j + INR t0).
  { rewrite ?chart_K, ?chart_g. written ((2 * INR j + k_slack + s_slack + INR t0 + 1)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((1 / ((g + INR t0) * (g + INR j + INR t0))) *
      (c * (g + INR t0 - INR j))) by identity end.
  parts.
  }
Qed.

(* K local steps and arbitrary sampling reach the minimiser at rate 1/t *)
Theorem local_steps
  (L : R) (* the smoothness L of every client's f_i *)
  (mu : R) (* the strong convexity μ *)
  (g : R) (* the offset g *)
  (K : nat) (* the local steps K *)
  (a0 : R) (* the start a₀ *)
  (N : R) (* N = Σ d_k² σ_k² *)
  (Gamma : R) (* Γ = F* − Σ d_i f_i* *)
  (G2 : R) (* G², a bound on E‖y_j‖² *)
  (VarH : R) (* Var H *)
  (j : nat -> nat) (* the steps j since the averaging *)
  (D : nat -> R) (* D *)
  (V_bar : nat -> R) (* V̄ *)
  (Y : nat -> R) (* Y *)
  (x : nat -> R) (* x *)
  (norm2_v : nat -> R) (* ‖v‖² *)
  (norm2_w_v : nat -> R) (* ‖w − v‖² *)
  (v_dot_w_v : nat -> R) (* ⟨v,w − v⟩ *)
  (sampled_average_n : nat -> nat) (* the number n of theorem sampled_average *)
  (A : nat -> nat -> R) (*  *)
  (a : nat -> R) (*  *)
  (A_ : nat -> R) (* A *)
  (phi : nat -> R) (* φ *)
  (norm2_b : nat -> R) (* ‖b‖² *)
  (norm2_c : nat -> R) (* ‖c‖² *)
  (norm2_g : nat -> R) (* ‖g‖² *)
  (norm2_delta : nat -> R) (* ‖δ‖² *)
  (norm2_xi : nat -> R) (* ‖ξ‖² *)
  (b_dot_delta : nat -> R) (* ⟨b,δ⟩ *)
  (c_dot_e : nat -> R) (* ⟨c,e⟩ *)
  (c_dot_g : nat -> R) (* ⟨c,g⟩ *)
  (c_dot_delta : nat -> R) (* ⟨c,δ⟩ *)
  (e_dot_g : nat -> R) (* ⟨e,g⟩ *)
  (e_dot_delta : nat -> R) (* ⟨e,δ⟩ *)
  (e_dot_xi : nat -> R) (* ⟨e,ξ⟩ *)
  (g_dot_xi : nat -> R) (* ⟨g,ξ⟩ *)
  (F_next : nat -> R) (* F⁺ *)
  (F_next_ : nat -> R) (* F⁺ *)
  (M : nat -> R) (* M *)
  (A_2 : nat -> nat -> R) (*  *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (b_dot_m : nat -> R) (* ⟨b,m⟩ *)
  (norm2_m_ : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> R) (* ⟨m,y⟩ *)
  (o : nat -> nat -> R) (* o = 1/p − 1 of the next processor *)
  (alpha : nat -> nat -> R) (* α *)
  (norm2_U : nat -> nat -> R) (* ‖U‖² *)
  (norm2_X_u : nat -> nat -> R) (* ‖X − u‖² *)
  (norm2_Delta_U : nat -> nat -> R) (* ‖Δ − U‖² *)
  (X_u_dot_Delta_U : nat -> nat -> R) (* ⟨X − u,Δ − U⟩ *)
  (V : nat -> nat -> R) (*  *)
  (W : nat -> nat -> R) (*  *)
  (norm2_m_2 : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y_ : nat -> nat -> R) (* ⟨m,y⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: the offset g *)
  (g_sign : 0 < g)
  (* range: the local steps K *)
  (K_sign : 0 < INR K)
  (* range: the start a₀ *)
  (a0_sign : 0 <= a0)
  (* range: N = Σ d_k² σ_k² *)
  (N_sign : 0 <= N)
  (* range: Γ = F* − Σ d_i f_i* *)
  (Gamma_sign : 0 <= Gamma)
  (* range: G², a bound on E‖y_j‖² *)
  (G2_sign : 0 <= G2)
  (* range: Var H *)
  (VarH_sign : 0 <= VarH)
  (* condition: L >= μ *)
  (in_range_L_mu : mu <= L)
  (* condition: gμ >= 4L *)
  (in_range_gmu_4L : 4 * L <= g * mu)
  (* condition: g >= K *)
  (in_range_g_K : INR K <= g)
  (* condition: K >= 1 *)
  (in_range_K_1 : 1 <= INR K)
  (* condition: j <= t *)
  (in_range_j_t : forall t : nat, INR (j t) <= INR t)
  (* condition: j <= K − 1 *)
  (in_range_j_K_1 : forall t : nat, INR (j t) <= INR K - 1)
  (* squared norm: a(t) is not negative, being a squared norm, a mean of them or an excess *)
  (H_a_t_sign : forall t : nat, 0 <= a t)
  (* squared norm: D is not negative, being a squared norm, a mean of them or an excess *)
  (H_D_sign : forall t : nat, 0 <= (D t))
  (* assumed: mean point: Σ d_k (w_k − w̄) = 0 (of theorem local_step, cited for 'one local step of
      all') *)
  (H_mean_point : forall t : nat, (e_dot_delta t) = 0)
  (* assumed: mean gradient, against e: g = Σ d_k ∇f_k(w_k) (of theorem local_step, cited for 'one
      local step of all') *)
  (H_mean_gradient_against_e : forall t : nat, (c_dot_e t) = (e_dot_g t))
  (* assumed: mean gradient, against g: g = Σ d_k ∇f_k(w_k) (of theorem local_step, cited for 'one
      local step of all') *)
  (H_mean_gradient_against_g : forall t : nat, (c_dot_g t) = (norm2_g t))
  (* assumed: strong convexity: every f_k is μ-strongly convex, averaged (of theorem local_step,
      cited for 'one local step of all') *)
  (H_strong_convexity : forall t : nat, (A_ t) + mu * ((a t) + (norm2_delta t) + 2 * (e_dot_delta
      t)) / 2 <= (c_dot_e t) + (c_dot_delta t))
  (* squared norm: A is not negative, being a squared norm, a mean of them or an excess (of theorem
      local_step, cited for 'one local step of all') *)
  (H_A_sign : forall t : nat, 0 <= (A_ t))
  (* assumed: smoothness: descent lemma, f is L-smooth (of theorem bounded_gradient, cited for
      'smooth and bounded below, at w_k') (of theorem local_step, cited for 'one local step of all')
      *)
  (H_smoothness : forall t : nat, (F_next t) + (norm2_c t) / (2 * L) <= ((A_ t) + Gamma))
  (* assumed: f⁺ >= f*: f* is a lower bound (of theorem bounded_gradient, cited for 'smooth and
      bounded below, at w_k') (of theorem local_step, cited for 'one local step of all') *)
  (H_f_next_f_star : forall t : nat, 0 <= (F_next t))
  (* assumed: convexity at the mean: f_k is convex, between w̄ and w_k, averaged (of theorem
      local_step, cited for 'one local step of all') *)
  (H_convexity_at_the_mean : forall t : nat, (phi t) + (b_dot_delta t) <= (A_ t))
  (* squared norm: φ is not negative, being a squared norm, a mean of them or an excess (of theorem
      local_step, cited for 'one local step of all') *)
  (H_phi_sign : forall t : nat, 0 <= (phi t))
  (* assumed: smoothness: descent lemma, f is L-smooth (of theorem bounded_gradient, cited for
      'smooth and bounded below, at w̄') (of theorem local_step, cited for 'one local step of all')
      *)
  (H_smoothness_ : forall t : nat, (F_next_ t) + (norm2_b t) / (2 * L) <= (Gamma + (phi t)))
  (* assumed: f⁺ >= f*: f* is a lower bound (of theorem bounded_gradient, cited for 'smooth and
      bounded below, at w̄') (of theorem local_step, cited for 'one local step of all') *)
  (H_f_next_f_star_ : forall t : nat, 0 <= (F_next_ t))
  (* assumed: F(w̄) >= F*: w* is the minimiser (of theorem local_step, cited for 'one local step of
      all') *)
  (H_F_w_bar_F_star : forall t : nat, 0 <= (phi t))
  (* assumed: unbiased, against e: ξ has mean zero and e is fixed before the draw (of theorem
      local_step, cited for 'one local step of all') *)
  (H_unbiased_against_e : forall t : nat, (e_dot_xi t) = 0)
  (* assumed: unbiased, against g: ξ has mean zero and g is fixed before the draw (of theorem
      local_step, cited for 'one local step of all') *)
  (H_unbiased_against_g : forall t : nat, (g_dot_xi t) = 0)
  (* assumed: batch noise: independent batches: E‖Σ d_k ξ_k‖² <= Σ d_k² σ_k² (of theorem local_step,
      cited for 'one local step of all') *)
  (H_batch_noise : forall t : nat, (norm2_xi t) <= N)
  (* assumed: drift: D is the drift (of theorem local_step, cited for 'one local step of all') *)
  (H_drift : forall t : nat, (D t) = (norm2_delta t))
  (* squared norm: a squared norm: ‖c - g‖² (of theorem local_step, cited for 'one local step of
      all') *)
  (H_square : forall t : nat, 0 <= (norm2_c t) + (norm2_g t) - 2 * (c_dot_g t))
  (* squared norm: a squared norm: ‖-c*γ + δ‖² (of theorem local_step, cited for 'one local step of
      all') *)
  (H_square_ : forall t : nat, 0 <= (norm2_c t) * (2 / (mu * (g + INR t))) ^ 2 + (norm2_delta t) - 2
      * (2 / (mu * (g + INR t))) * (c_dot_delta t))
  (* squared norm: a squared norm: ‖b*γ + δ‖² (of theorem local_step, cited for 'one local step of
      all') *)
  (H_square_2 : forall t : nat, 0 <= (norm2_b t) * (2 / (mu * (g + INR t))) ^ 2 + 2 * (2 / (mu * (g
      + INR t))) * (b_dot_delta t) + (norm2_delta t))
  (* squared norm: a squared norm: ‖δ‖² (of theorem local_step, cited for 'one local step of all')
      *)
  (H_square_3 : forall t : nat, 0 <= (norm2_delta t))
  (* what is bounded: 'one local step of all': what theorem local_step bounds, E‖w̄⁺ − w*‖² *)
  (H_one_local_step_of_all_link : forall t : nat, (V_bar t) = (norm2_g t) * (2 / (mu * (g + INR t)))
      ^ 2 + (norm2_xi t) * (2 / (mu * (g + INR t))) ^ 2 + 2 * (g_dot_xi t) * (2 / (mu * (g + INR
      t))) ^ 2 + (a t) - 2 * (2 / (mu * (g + INR t))) * (e_dot_g t) - 2 * (2 / (mu * (g + INR t))) *
      (e_dot_xi t))
  (* squared norm: M is not negative, being a squared norm, a mean of them or an excess (of theorem
      drift_since_averaging, cited for 'drift_since_averaging') *)
  (H_M_sign : forall t : nat, 0 <= (M t))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem centred, cited for
      'centred') (of theorem drift_since_averaging, cited for 'drift_since_averaging') *)
  (H_mean : forall t : nat, (b_dot_m t) = (norm2_m t))
  (* squared norm: a squared norm: ‖m‖² (of theorem centred, cited for 'centred') (of theorem
      drift_since_averaging, cited for 'drift_since_averaging') *)
  (H_square_4 : forall t : nat, 0 <= (norm2_m t))
  (* what is bounded: 'centred': what theorem centred bounds, Σ d_k ‖b_k − m‖² (of theorem
      drift_since_averaging, cited for 'drift_since_averaging') *)
  (H_centred_link : forall t : nat, (D t) = (M t) + (norm2_m t) - 2 * (b_dot_m t))
  (* assumed: local steps: γ₀ K - 1 times the mean of K - 1 gradients, each shortened by γ_t/γ₀ <= 1
      (of theorem drift_since_averaging, cited for 'drift_since_averaging') *)
  (H_local_steps : forall t : nat, (M t) = (2 / (mu * (g + INR t - INR (j t)))) ^ 2 * (INR K - 1) ^
      2 * (A_2 t) (K - 1)%nat)
  (* assumed: no update: the mean of none, 0, is at most G² (of theorem mean_of_updates, cited for
      'mean_of_updates') (of theorem drift_since_averaging, cited for 'drift_since_averaging') *)
  (H_no_update : forall t : nat, (A_2 t) O <= G2)
  (* assumed: so far: m is the mean so far (of theorem mean_of_updates, cited for 'mean_of_updates')
      (of theorem drift_since_averaging, cited for 'drift_since_averaging') *)
  (H_so_far : forall t : nat, forall n : nat, (A_2 t) n = ((norm2_m_ t) n))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem mean_of_updates, cited for
      'mean_of_updates') (of theorem drift_since_averaging, cited for 'drift_since_averaging') *)
  (H_one_more : forall t : nat, forall n : nat, (A_2 t) (S n) = ((norm2_m_ t) n) * (INR n) ^ 2 /
      (INR n + 1) ^ 2 + 2 * INR n * ((m_dot_y t) n) / (INR n + 1) ^ 2 + ((norm2_y t) n) / (INR n +
      1) ^ 2)
  (* assumed: bounded: E‖y_j‖² <= G² (of theorem mean_of_updates, cited for 'mean_of_updates') (of
      theorem drift_since_averaging, cited for 'drift_since_averaging') *)
  (H_bounded : forall t : nat, forall n : nat, ((norm2_y t) n) <= G2)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem mean_of_updates, cited for
      'mean_of_updates') (of theorem drift_since_averaging, cited for 'drift_since_averaging') *)
  (H_square_5 : forall t : nat, forall n : nat, 0 <= ((norm2_m_ t) n) + ((norm2_y t) n) - 2 *
      ((m_dot_y t) n))
  (* assumed: all: V̄ is E‖v_{t+1} − w*‖² *)
  (H_all : forall t : nat, (V_bar t) = (norm2_v t))
  (* assumed: the draw: Y is E‖w_{t+1} − v_{t+1}‖² *)
  (H_the_draw : forall t : nat, (Y t) = (norm2_w_v t))
  (* assumed: next distance: w_{t+1} − w* is the sum of both *)
  (H_next_distance : forall t : nat, a (S t) = (norm2_v t) + (norm2_w_v t) + 2 * (v_dot_w_v t))
  (* assumed: unbiased, against v: w − v has mean zero and v is fixed before the draw *)
  (H_unbiased_against_v : forall t : nat, (v_dot_w_v t) = 0)
  (* range: Var H (of theorem sampled_average, cited for 'sampled_average') *)
  (H_W_sign : forall t : nat, forall n : nat, 0 <= (W t) n)
  (* squared norm: x is not negative, being a squared norm, a mean of them or an excess *)
  (H_x_sign : forall t : nat, 0 <= (x t))
  (* range: o = 1/p − 1 of the next processor (of theorem sampled_average, cited for
      'sampled_average') *)
  (H_o_sign : forall t : nat, forall n : nat, 0 <= ((o t) n))
  (* assumed: V(0) = 0: an empty sum (of theorem sampled_average, cited for 'sampled_average') *)
  (H_V_0_0 : forall t : nat, (V t) O = 0)
  (* assumed: W(0) = 0: an empty sum (of theorem sampled_average, cited for 'sampled_average') *)
  (H_W_0_0 : forall t : nat, (W t) O = 0)
  (* assumed: error so far: V(n) is E‖Δ − U‖² (of theorem sampled_average, cited for
      'sampled_average') *)
  (H_error_so_far : forall t : nat, forall n : nat, (V t) n = ((norm2_Delta_U t) n))
  (* assumed: error of one more: both are sums (of theorem sampled_average, cited for
      'sampled_average') *)
  (H_error_of_one_more : forall t : nat, forall n : nat, (V t) (S n) = ((norm2_X_u t) n) +
      ((norm2_Delta_U t) n) + 2 * ((X_u_dot_Delta_U t) n))
  (* assumed: unbiased, against Δ − U: X − u has mean zero and Δ − U is fixed before the draw (of
      theorem sampled_average, cited for 'sampled_average') *)
  (H_unbiased_against_Delta_U : forall t : nat, forall n : nat, ((X_u_dot_Delta_U t) n) = 0)
  (* squared norm: α is not negative, being a squared norm, a mean of them or an excess (of theorem
      sampled_average, cited for 'sampled_average') *)
  (H_alpha_sign : forall t : nat, forall n : nat, 0 <= ((alpha t) n))
  (* squared norm: ‖U‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem sampled_average, cited for 'sampled_average') *)
  (H_U2_sign : forall t : nat, forall n : nat, 0 <= ((norm2_U t) n))
  (* what is bounded: 'variance': what theorem variance bounds, E‖X − u‖² (of theorem
      sampled_average, cited for 'sampled_average') *)
  (H_variance_link : forall t : nat, forall n : nat, ((norm2_X_u t) n) = (((norm2_U t) n) * ((alpha
      t) n) ^ 2) / (1 / (((o t) n) + 1)) - (((norm2_U t) n) * ((alpha t) n) ^ 2))
  (* assumed: bounded: E‖U_j‖² <= x (of theorem sampled_average, cited for 'sampled_average') *)
  (H_bounded_ : forall t : nat, forall n : nat, ((norm2_U t) n) <= (x t))
  (* assumed: W(n + 1): one more term of the sum (of theorem sampled_average, cited for
      'sampled_average') *)
  (H_W_n_1 : forall t : nat, forall n : nat, (W t) (S n) = ((o t) n) * ((alpha t) n) ^ 2 + (W t) n)
  (* what is bounded: 'sampled_average': what theorem sampled_average bounds, E‖Δ − Σ α_j U_j‖² *)
  (H_sampled_average_link : forall t : nat, (Y t) = (V t) (sampled_average_n t))
  (* what is bounded: 'sampled_average': W(n) of theorem sampled_average is VarH *)
  (H_sampled_average_value : forall t : nat, (W t) (sampled_average_n t) = VarH)
  (* assumed: local steps: γ₀ K times the mean of K gradients, each shortened by γ_t/γ₀ <= 1 *)
  (H_local_steps_ : forall t : nat, (x t) = 4 * (INR K) ^ 2 * (A t) K / (mu ^ 2 * (g + INR t - INR
      (j t)) ^ 2))
  (* assumed: no update: the mean of none, 0, is at most G² (of theorem mean_of_updates, cited for
      'mean_of_updates') *)
  (H_no_update_ : forall t : nat, (A t) O <= G2)
  (* assumed: so far: m is the mean so far (of theorem mean_of_updates, cited for 'mean_of_updates')
      *)
  (H_so_far_ : forall t : nat, forall n : nat, (A t) n = ((norm2_m_2 t) n))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem mean_of_updates, cited for
      'mean_of_updates') *)
  (H_one_more_ : forall t : nat, forall n : nat, (A t) (S n) = ((norm2_m_2 t) n) * (INR n) ^ 2 /
      (INR n + 1) ^ 2 + 2 * INR n * ((m_dot_y_ t) n) / (INR n + 1) ^ 2 + ((norm2_y_ t) n) / (INR n +
      1) ^ 2)
  (* assumed: bounded: E‖y_j‖² <= G² (of theorem mean_of_updates, cited for 'mean_of_updates') *)
  (H_bounded_2 : forall t : nat, forall n : nat, ((norm2_y_ t) n) <= G2)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem mean_of_updates, cited for
      'mean_of_updates') *)
  (H_square_6 : forall t : nat, forall n : nat, 0 <= ((norm2_m_2 t) n) + ((norm2_y_ t) n) - 2 *
      ((m_dot_y_ t) n))
  (* assumed: start: a(0) is at most a₀ *)
  (H_start : a O <= a0)
  : forall t : nat, a t <= (a0 * g + (16 * G2 * VarH * (INR K) ^ 2 + 32 * G2 * (INR K - 1) ^ 2 + 24
      * L * Gamma + 4 * N) / mu ^ 2) / (g + INR t).
Proof.
  pose proof (pos_INR K).
  assert (exists ell_slack, 0 <= ell_slack /\ ell_slack = L - mu)
    as [ell_slack [ell_slack_sign ell_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = g - 4 * L / mu)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1 / mu) * (g * mu - (4 * L))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists omega_slack, 0 <= omega_slack /\ omega_slack = INR K - 1)
    as [omega_slack [omega_slack_sign omega_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_L : L = mu + ell_slack).
  { rewrite ?ell_slack_def. identity. }
  assert (chart_g : g = s_slack + (4 * mu + 4 * ell_slack) / mu).
  { rewrite ?ell_slack_def, ?s_slack_def. identity. }
  assert (goal_recursion : forall t : nat, 0 <= (1 - 2 / (g + INR t)) * a t + 4 * (4 * G2 * VarH *
      (INR K) ^ 2 + 8 * G2 * (INR K - 1) ^ 2 + 6 * L * Gamma + N) / (mu ^ 2 * (g + INR t) ^ 2) - a
      (S t)).
  { intro t. (* recursion *)
  pose proof (pos_INR t) as index_sign.
  pose proof (pos_INR (j t)).
  pose proof (pos_INR (sampled_average_n t)).
  pose proof (in_range_j_t t).
  pose proof (in_range_j_K_1 t).
  cbn [INR] in *.
  assert (exists u_slack, 0 <= u_slack /\ u_slack = INR t - INR (j t))
    as [u_slack [u_slack_sign u_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR t - (INR (j t)))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists v_slack, 0 <= v_slack /\ v_slack = INR K - INR (j t) - 1)
    as [v_slack [v_slack_sign v_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1 - (INR (j t)))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = INR (j t) + v_slack + 1).
  { rewrite ?v_slack_def. identity. }
  assert (chart_t : INR t = INR (j t) + u_slack).
  { rewrite ?u_slack_def. identity. }
  pose proof (H_A_sign t).
  pose proof (H_phi_sign t).
  pose proof (H_M_sign t).
  pose proof (H_alpha_sign t).
  pose proof (H_U2_sign t).
  assert (fact_1 : 0 <= 2 * (D t) + 6 * L * Gamma * (2 / (mu * (g + INR t))) ^ 2 + N * (2 / (mu * (g
      + INR t))) ^ 2 + (a t) * (1 - (2 / (mu * (g + INR t))) * mu) - (V_bar t)).
  { apply (linked _ _ _ (H_one_local_step_of_all_link t)).
  refine ((local_step L mu (2 / (mu * (g + INR t))) (a t) N Gamma (D t) (A_ t) (phi t) (norm2_b t)
      (norm2_c t) (norm2_g t) (norm2_delta t) (norm2_xi t) (b_dot_delta t) (c_dot_e t) (c_dot_g t)
      (c_dot_delta t) (e_dot_g t) (e_dot_delta t) (e_dot_xi t) (g_dot_xi t) (F_next t) (F_next_ t) _
      _ _ _ _ _ _ _ _ (H_mean_point t) (H_mean_gradient_against_e t) (H_mean_gradient_against_g t)
      (H_strong_convexity t) (H_A_sign t) (H_smoothness t) (H_f_next_f_star t)
      (H_convexity_at_the_mean t) (H_phi_sign t) (H_smoothness_ t) (H_f_next_f_star_ t)
      (H_F_w_bar_F_star t) (H_unbiased_against_e t) (H_unbiased_against_g t) (H_batch_noise t)
      (H_drift t) (H_square t) (H_square_ t) (H_square_2 t) (H_square_3 t))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize mu_sign. cbn [INR]. lra. }
  { rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written (2 / (INR (j t) * mu + s_slack * mu +
      u_slack * mu + 4 * mu + 4 * ell_slack)). sign. }
  { pose proof (H_a_t_sign t). rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written ((a t)).
      sign. }
  { generalize N_sign. cbn [INR]. lra. }
  { generalize Gamma_sign. cbn [INR]. lra. }
  { pose proof (H_D_sign t). rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written (((D t))).
      sign. }
  { generalize in_range_L_mu. cbn [INR]. lra. }
  { apply at_most. rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written ((1 / 2) * mu * (INR (j
      t) + s_slack + u_slack) / ((mu + ell_slack) * (INR (j t) * mu + s_slack * mu + u_slack * mu +
      4 * mu + 4 * ell_slack))). sign. } }
  assert (fact_2 : 0 <= G2 * (2 / (mu * (g + INR t - INR (j t)))) ^ 2 * (INR K - 1) ^ 2 - (D t)).
  { apply room.
  refine ((drift_since_averaging (2 / (mu * (g + INR t - INR (j t)))) K G2 (M t) (D t) (A_2 t)
      (norm2_m t) (b_dot_m t) (norm2_m_ t) (norm2_y t) (m_dot_y t) _ _ _ _ (H_M_sign t) (H_mean t)
      (H_square_4 t) (H_centred_link t) (H_local_steps t) (H_no_update t) (H_so_far t) (H_one_more
      t) (H_bounded t) (H_square_5 t))).
  { rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written (2 / (s_slack * mu + u_slack * mu + 4 *
      mu + 4 * ell_slack)). sign. }
  { generalize K_sign. cbn [INR]. lra. }
  { generalize G2_sign. cbn [INR]. lra. }
  { generalize in_range_K_1. cbn [INR]. lra. } }
  assert (multiplier_2 : 0 <= 2).
  { rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written (2). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : (V_bar t) - (norm2_v t) = 0).
  { exact (same _ _ (H_all t)). }
  assert (fact_4 : (Y t) - (norm2_w_v t) = 0).
  { exact (same _ _ (H_the_draw t)). }
  assert (fact_5 : a (S t) - ((norm2_v t) + (norm2_w_v t) + 2 * (v_dot_w_v t)) = 0).
  { exact (same _ _ (H_next_distance t)). }
  assert (part_5 := times_zero (- 1) _ fact_5).
  assert (fact_6 : (v_dot_w_v t) - 0 = 0).
  { exact (same _ _ (H_unbiased_against_v t)). }
  assert (part_6 := times_zero (- 2) _ fact_6).
  assert (fact_7 : 0 <= (x t) * (W t) (sampled_average_n t) - (Y t)).
  { apply (linked _ _ _ (H_sampled_average_link t)).
  refine ((sampled_average (x t) (o t) (alpha t) (norm2_U t) (norm2_X_u t) (norm2_Delta_U t)
      (X_u_dot_Delta_U t) (V t) (W t) (H_W_sign t) _ (H_o_sign t) (H_V_0_0 t) (H_W_0_0 t)
      (H_error_so_far t) (H_error_of_one_more t) (H_unbiased_against_Delta_U t) (H_alpha_sign t)
      (H_U2_sign t) (H_variance_link t) (H_bounded_ t) (H_W_n_1 t) (sampled_average_n t))).
  { pose proof (H_x_sign t). rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written (((x t))).
      sign. } }
  assert (fact_8 : (x t) - (4 * (INR K) ^ 2 * (A t) K / (mu ^ 2 * (g + INR t - INR (j t)) ^ 2)) =
      0).
  { exact (same _ _ (H_local_steps_ t)). }
  assert (part_8 := times_zero (- VarH) _ fact_8).
  assert (fact_9 : 0 <= G2 - ((A t) K)).
  { apply room.
  refine ((mean_of_updates G2 (norm2_m_2 t) (norm2_y_ t) (m_dot_y_ t) (A t) _ (H_no_update_ t)
      (H_so_far_ t) (H_one_more_ t) (H_bounded_2 t) (H_square_6 t) K)).
  { generalize G2_sign. cbn [INR]. lra. } }
  assert (multiplier_9 : 0 <= 4 * VarH * (INR K) ^ 2 / (mu ^ 2 * (g + INR t - INR (j t)) ^ 2)).
  { rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written (4 * VarH * (INR (j t) + v_slack + 1) ^
      2 / (s_slack * mu + u_slack * mu + 4 * mu + 4 * ell_slack) ^ 2). sign. }
  assert (part_9 := Rmult_le_pos _ _ multiplier_9 fact_9).
  assert (difference_1_of_halved_steps : INR (t - (j t))%nat = INR t - INR (j t)).
  { apply minus_INR. apply INR_le. lra. }
  assert (fact_10 : 0 <= 2 * (2 / mu) / (g + INR (j t) + INR (t - (j t))%nat) - ((2 / mu) / (g + INR
      (t - (j t))%nat))).
  { apply room.
  refine ((halved_steps (2 / mu) g (t - (j t))%nat (j t) K _ _ _ _ _)).
  { rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written (2 / mu). sign. }
  { generalize g_sign. cbn [INR]. lra. }
  { generalize K_sign. cbn [INR]. lra. }
  { generalize (in_range_j_K_1 t). cbn [INR]. lra. }
  { generalize in_range_g_K. cbn [INR]. lra. } }
  assert (multiplier_10 : 0 <= 2 * G2 * (3 * g + 3 * INR t - 2 * INR (j t)) * (VarH * (INR K) ^ 2 +
      2 * (INR K) ^ 2 + 2 - 4 * INR K) / (mu * (g + INR t) * (g + INR t - INR (j t)))).
  { rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written (2 * (VarH * (INR (j t)) ^ 2 + 2 * VarH
      * INR (j t) * v_slack + 2 * VarH * INR (j t) + VarH * v_slack ^ 2 + 2 * VarH * v_slack + VarH
      + 2 * (INR (j t)) ^ 2 + 4 * INR (j t) * v_slack + 2 * v_slack ^ 2) * G2 * (INR (j t) * mu + 3
      * s_slack * mu + 3 * u_slack * mu + 12 * mu + 12 * ell_slack) / ((INR (j t) * mu + s_slack *
      mu + u_slack * mu + 4 * mu + 4 * ell_slack) * (s_slack * mu + u_slack * mu + 4 * mu + 4 *
      ell_slack))). sign. }
  assert (part_10 := Rmult_le_pos _ _ multiplier_10 fact_10).
  assert (0 < g + INR t).
  { rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written ((INR (j t) * mu + s_slack * mu +
      u_slack * mu + 4 * mu + 4 * ell_slack) / mu). sign. }
  assert (0 < g + INR t - INR (j t)).
  { rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written ((s_slack * mu + u_slack * mu + 4 * mu +
      4 * ell_slack) / mu). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((2 * (D t) + 6 * L * Gamma * (2 / (mu * (g +
      INR t))) ^ 2 + N * (2 / (mu * (g + INR t))) ^ 2 + (a t) * (1 - (2 / (mu * (g + INR t))) * mu)
      - (V_bar t)) + 2 * (G2 * (2 / (mu * (g + INR t - INR (j t)))) ^ 2 * (INR K - 1) ^ 2 - (D t)) +
      ((V_bar t) - (norm2_v t)) + ((Y t) - (norm2_w_v t)) + (- 1) * (a (S t) - ((norm2_v t) +
      (norm2_w_v t) + 2 * (v_dot_w_v t))) + (- 2) * ((v_dot_w_v t) - 0) + ((x t) * (W t)
      (sampled_average_n t) - (Y t)) + (- VarH) * ((x t) - (4 * (INR K) ^ 2 * (A t) K / (mu ^ 2 * (g
      + INR t - INR (j t)) ^ 2))) + (4 * VarH * (INR K) ^ 2 / (mu ^ 2 * (g + INR t - INR (j t)) ^
      2)) * (G2 - ((A t) K)) + (2 * G2 * (3 * g + 3 * INR t - 2 * INR (j t)) * (VarH * (INR K) ^ 2 +
      2 * (INR K) ^ 2 + 2 - 4 * INR K) / (mu * (g + INR t) * (g + INR t - INR (j t)))) * (2 * (2 /
      mu) / (g + INR (j t) + INR (t - (j t))%nat) - ((2 / mu) / (g + INR (t - (j t))%nat)))) by
      (rewrite ?(H_sampled_average_value t); rewrite ?difference_1_of_halved_steps; identity) end.
  parts.
  }
  assert (every : forall t : nat, a t <= (a0 * g + (16 * G2 * VarH * (INR K) ^ 2 + 32 * G2 * (INR K
      - 1) ^ 2 + 24 * L * Gamma + 4 * N) / mu ^ 2) / (g + INR t)).
  { intro t. induction t as [| t hypothesis].
  - (* base, t = 0 *) assert (goal : a O <= (a0 * g + (16 * G2 * VarH * (INR K) ^ 2 + 32 * G2 * (INR
      K - 1) ^ 2 + 24 * L * Gamma + 4 * N) / mu ^ 2) / (g + 0)).
  {
  pose proof (pos_INR (j O)).
  pose proof (pos_INR (sampled_average_n O)).
  pose proof (in_range_j_t O).
  pose proof (in_range_j_K_1 O).
  cbn [INR] in *.
  assert (exists u_slack, 0 <= u_slack /\ u_slack = 0 - INR (j O))
    as [u_slack [u_slack_sign u_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (0 - (INR (j O)))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists v_slack, 0 <= v_slack /\ v_slack = INR K - INR (j O) - 1)
    as [v_slack [v_slack_sign v_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1 - (INR (j O)))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = INR (j O) + v_slack + 1).
  { rewrite ?v_slack_def. identity. }
  pose proof (H_A_sign O).
  pose proof (H_phi_sign O).
  pose proof (H_M_sign O).
  pose proof (H_alpha_sign O).
  pose proof (H_U2_sign O).
  assert (fact_1 : 0 <= a0 - (a O)).
  { exact (room _ _ H_start). }
  assert (fact_2 : 0 <= (16 * G2 * VarH * (INR K) ^ 2 + 32 * G2 * (INR K - 1) ^ 2 + 24 * L * Gamma +
      4 * N) / (g * mu ^ 2)).
  { rewrite ?chart_L, ?chart_K, ?chart_g. written (4 * (4 * G2 * VarH * (INR (j O)) ^ 2 + 8 * G2 *
      VarH * INR (j O) * v_slack + 8 * G2 * VarH * INR (j O) + 4 * G2 * VarH * v_slack ^ 2 + 8 * G2
      * VarH * v_slack + 4 * G2 * VarH + 8 * G2 * (INR (j O)) ^ 2 + 16 * G2 * INR (j O) * v_slack +
      8 * G2 * v_slack ^ 2 + N + 6 * Gamma * mu + 6 * Gamma * ell_slack) / (mu * (s_slack * mu + 4 *
      mu + 4 * ell_slack))). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((a0 - (a O)) + ((16 * G2 * VarH * (INR K) ^ 2
      + 32 * G2 * (INR K - 1) ^ 2 + 24 * L * Gamma + 4 * N) / (g * mu ^ 2))) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, t to t + 1 *) assert (goal : a (S t) <= (a0 * g + (16 * G2 * VarH * (INR K) ^ 2 +
      32 * G2 * (INR K - 1) ^ 2 + 24 * L * Gamma + 4 * N) / mu ^ 2) / (g + (INR t + 1))).
  {
  pose proof (pos_INR t) as index_sign.
  pose proof (pos_INR (j t)).
  pose proof (pos_INR (sampled_average_n t)).
  pose proof (in_range_j_t t).
  pose proof (in_range_j_K_1 t).
  cbn [INR] in *.
  assert (exists u_slack, 0 <= u_slack /\ u_slack = INR t - INR (j t))
    as [u_slack [u_slack_sign u_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR t - (INR (j t)))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists v_slack, 0 <= v_slack /\ v_slack = INR K - INR (j t) - 1)
    as [v_slack [v_slack_sign v_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1 - (INR (j t)))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = INR (j t) + v_slack + 1).
  { rewrite ?v_slack_def. identity. }
  assert (chart_t : INR t = INR (j t) + u_slack).
  { rewrite ?u_slack_def. identity. }
  pose proof (H_A_sign t).
  pose proof (H_phi_sign t).
  pose proof (H_M_sign t).
  pose proof (H_alpha_sign t).
  pose proof (H_U2_sign t).
  assert (fact_1 : 0 <= (1 - 2 / (g + INR t)) * a t + 4 * (4 * G2 * VarH * (INR K) ^ 2 + 8 * G2 *
      (INR K - 1) ^ 2 + 6 * L * Gamma + N) / (mu ^ 2 * (g + INR t) ^ 2) - a (S t)).
  { exact (goal_recursion t). }
  assert (fact_2 : 0 <= (a0 * g + (16 * G2 * VarH * (INR K) ^ 2 + 32 * G2 * (INR K - 1) ^ 2 + 24 * L
      * Gamma + 4 * N) / mu ^ 2) / (g + INR t) - (a t)).
  { exact (room _ _ hypothesis). }
  assert (multiplier_2 : 0 <= (g + INR t - 2) / (g + INR t)).
  { rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written ((INR (j t) * mu + s_slack * mu +
      u_slack * mu + 2 * mu + 4 * ell_slack) / (INR (j t) * mu + s_slack * mu + u_slack * mu + 4 *
      mu + 4 * ell_slack)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= (a0 * g + (16 * G2 * VarH * (INR K) ^ 2 + 32 * G2 * (INR K - 1) ^ 2 + 24 * L
      * Gamma + 4 * N) / mu ^ 2) / ((g + INR t) ^ 2 * (g + INR t + 1))).
  { rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written (mu * (16 * G2 * VarH * (INR (j t)) ^ 2
      + 32 * G2 * VarH * INR (j t) * v_slack + 32 * G2 * VarH * INR (j t) + 16 * G2 * VarH * v_slack
      ^ 2 + 32 * G2 * VarH * v_slack + 16 * G2 * VarH + 32 * G2 * (INR (j t)) ^ 2 + 64 * G2 * INR (j
      t) * v_slack + 32 * G2 * v_slack ^ 2 + 4 * N + a0 * s_slack * mu ^ 2 + 4 * a0 * mu ^ 2 + 4 *
      a0 * mu * ell_slack + 24 * Gamma * mu + 24 * Gamma * ell_slack) / ((INR (j t) * mu + s_slack *
      mu + u_slack * mu + 5 * mu + 4 * ell_slack) * (INR (j t) * mu + s_slack * mu + u_slack * mu +
      4 * mu + 4 * ell_slack) ^ 2)). sign. }
  assert (fact_4 : 0 <= a0 * g / (g + INR t) ^ 2).
  { rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written (a0 * mu * (s_slack * mu + 4 * mu + 4 *
      ell_slack) / (INR (j t) * mu + s_slack * mu + u_slack * mu + 4 * mu + 4 * ell_slack) ^ 2).
      sign. }
  assert (0 < g + INR t + 1).
  { rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written ((INR (j t) * mu + s_slack * mu +
      u_slack * mu + 5 * mu + 4 * ell_slack) / mu). sign. }
  assert (0 < g + INR t).
  { rewrite ?chart_L, ?chart_K, ?chart_t, ?chart_g. written ((INR (j t) * mu + s_slack * mu +
      u_slack * mu + 4 * mu + 4 * ell_slack) / mu). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (((1 - 2 / (g + INR t)) * a t + 4 * (4 * G2 *
      VarH * (INR K) ^ 2 + 8 * G2 * (INR K - 1) ^ 2 + 6 * L * Gamma + N) / (mu ^ 2 * (g + INR t) ^
      2) - a (S t)) + ((g + INR t - 2) / (g + INR t)) * ((a0 * g + (16 * G2 * VarH * (INR K) ^ 2 +
      32 * G2 * (INR K - 1) ^ 2 + 24 * L * Gamma + 4 * N) / mu ^ 2) / (g + INR t) - (a t)) + ((a0 *
      g + (16 * G2 * VarH * (INR K) ^ 2 + 32 * G2 * (INR K - 1) ^ 2 + 24 * L * Gamma + 4 * N) / mu ^
      2) / ((g + INR t) ^ 2 * (g + INR t + 1))) + (a0 * g / (g + INR t) ^ 2)) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro t. exact (every t).
Qed.

Print Assumptions local_steps.
