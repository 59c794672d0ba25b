(* Under partial participation steps c/(t + τ) reach the minimiser, in three parts. *)
(* F = Σ d_i f_i is μ-strongly convex with minimiser w*, every f_i is L-smooth and at least f_i*; w⁺
    = w − η(g + ξ), g = Σ_v P_v ∇f_i(w), ξ = Σ_v P_v ξ_v; H = Σ P_v has mean 1, R = Σ P_v (f_i(w) −
    f_i* ); the draw is independent of the batches, E ξ_v = 0 given it; e = w − w*, φ = F(w) − F*.
    Products of vectors stand for their expectations given w. The step is η_t = c/(t + τ); κ and N
    hold in all rounds, B = 2LΓ + 2Lκ + N. *)
(* Reference: theorems partial_participation and one_over_t. *)

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

(* The Cauchy-Schwarz inequality for expectations *)
Lemma cauchy_schwarz
  (a : R) (* a, at least √E‖x‖² *)
  (b : R) (* b, at least √E‖y‖² *)
  (norm2_x : R) (* ‖x'‖² *)
  (norm2_y : R) (* ‖y'‖² *)
  (x_dot_y : R) (* ⟨x',y'⟩ *)
  (* range: a, at least √E‖x‖² *)
  (a_sign : 0 <= a)
  (* range: b, at least √E‖y‖² *)
  (b_sign : 0 <= b)
  (* assumed: first: x = a x' with E‖x‖² <= a² *)
  (H_first : norm2_x <= 1)
  (* assumed: second: y = b y' with E‖y‖² <= b² *)
  (H_second : norm2_y <= 1)
  (* squared norm: a squared norm: ‖x' - y'‖² *)
  (H_square : 0 <= norm2_x + norm2_y - 2 * x_dot_y)
  : a * b * x_dot_y <= a * b.
Proof.
  {
  assert (fact_1 : 0 <= 1 - norm2_x).
  { exact (room _ _ H_first). }
  assert (multiplier_1 : 0 <= a * b / 2).
  { written ((1 / 2) * a * b). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : 0 <= 1 - norm2_y).
  { exact (room _ _ H_second). }
  assert (multiplier_2 : 0 <= a * b / 2).
  { written ((1 / 2) * a * b). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= norm2_x + norm2_y - 2 * x_dot_y).
  { exact H_square. }
  assert (multiplier_3 : 0 <= a * b / 2).
  { written ((1 / 2) * a * b). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((a * b / 2) * (1 - norm2_x) + (a * b / 2) * (1
      - norm2_y) + (a * b / 2) * (norm2_x + norm2_y - 2 * x_dot_y)) by identity end.
  parts.
  }
Qed.

(* One step under partial participation, in three parts *)
Lemma partial_participation
  (L : R) (* the smoothness L of every client's f_i *)
  (mu : R) (* the strong convexity μ *)
  (eta : R) (* the step size η *)
  (norm2_e : R) (* ‖w − w*‖² *)
  (phi : R) (* F(w) − F* *)
  (Gamma : R) (* Γ = F* − Σ d_i f_i* *)
  (N : R) (* the mini-batch noise N of the step *)
  (Cov_H_R : R) (* Cov[H,R] *)
  (E_HQ : R) (* E[HQ] *)
  (E_HR : R) (* E[HR] *)
  (E_R : R) (* E[R] *)
  (kappa : R) (* κ, standing for sqrt(VarH*VarR) *)
  (norm2_g : R) (* ‖g‖² *)
  (norm2_xi : R) (* ‖ξ‖² *)
  (e_dot_g : R) (* ⟨e,g⟩ *)
  (e_dot_xi : R) (* ⟨e,ξ⟩ *)
  (e_dot_gradF : R) (* ⟨e,∇F⟩ *)
  (g_dot_xi : R) (* ⟨g,ξ⟩ *)
  (mean_over_clients_number : nat) (* how many: the outcomes of the draw, times H = Σ P_v *)
  (norm2_b : nat -> R) (* Σ d_k ‖b_k‖², one a term *)
  (norm2_m : nat -> R) (* ‖m‖², one a term *)
  (b_dot_m : nat -> R) (* ⟨b,m⟩, one a term *)
  (F_next : R) (* F⁺ *)
  (norm2_x : R) (* ‖x'‖² *)
  (norm2_y : R) (* ‖y'‖² *)
  (x_dot_y : R) (* ⟨x',y'⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: the step size η *)
  (eta_sign : 0 < eta)
  (* range: ‖w − w*‖² *)
  (norm2_e_sign : 0 <= norm2_e)
  (* range: F(w) − F* *)
  (phi_sign : 0 <= phi)
  (* range: Γ = F* − Σ d_i f_i* *)
  (Gamma_sign : 0 <= Gamma)
  (* range: the mini-batch noise N of the step *)
  (N_sign : 0 <= N)
  (* condition: L >= μ *)
  (in_range_L_mu : mu <= L)
  (* condition: η <= 1/L *)
  (in_range_eta_1_L : eta <= 1 / L)
  (* assumed: unbiased, against e: g - ∇F has mean zero and e is fixed before the draw *)
  (H_unbiased_against_e : e_dot_g = e_dot_gradF)
  (* assumed: unbiased, against e: ξ has mean zero and e is fixed before the draw *)
  (H_unbiased_against_e_ : e_dot_xi = 0)
  (* assumed: unbiased, against g: ξ has mean zero and g is fixed before the draw *)
  (H_unbiased_against_g : g_dot_xi = 0)
  (* condition: Σ d_k ‖b_k‖², for the outcomes of the draw, times H = Σ P_v *)
  (H_norm2_b_sign : forall i : nat, 0 <= (norm2_b i))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all, for the outcomes of the draw,
      times H = Σ P_v *)
  (H_mean : forall i : nat, (b_dot_m i) = (norm2_m i))
  (* squared norm: a squared norm: ‖b - m‖², for the outcomes of the draw, times H = Σ P_v *)
  (H_square : forall i : nat, 0 <= (norm2_b i) + (norm2_m i) - 2 * (b_dot_m i))
  (* what is bounded: ‖g‖² is the sum of ‖m‖² *)
  (H_g2_total : norm2_g = total mean_over_clients_number (fun i => (norm2_m i)))
  (* what is bounded: E[HQ] is the sum of ‖b‖² *)
  (H_E_HQ_total : E_HQ = total mean_over_clients_number (fun i => (norm2_b i)))
  (* squared norm: E[HR] is not negative, being a squared norm, a mean of them or an excess *)
  (H_E_HR_sign : 0 <= E_HR)
  (* assumed: smoothness: descent lemma, f is L-smooth (of theorem bounded_gradient, cited for
      'smooth and bounded below') *)
  (H_smoothness : F_next + E_HQ / (2 * L) <= E_HR)
  (* assumed: f⁺ >= f*: f* is a lower bound (of theorem bounded_gradient, cited for 'smooth and
      bounded below') *)
  (H_f_next_f_star : 0 <= F_next)
  (* assumed: strong convexity: F is μ-strongly convex, between w and w* *)
  (H_strong_convexity : mu * norm2_e / 2 + phi <= e_dot_gradF)
  (* assumed: covariance: Cov(H, R) = E[HR] − E H · E R, and E H = 1 *)
  (H_covariance : Cov_H_R + E_R = E_HR)
  (* assumed: surrogate: E Σ_b P_(i,b) = d_i for every client *)
  (H_surrogate : E_R = Gamma + phi)
  (* squared norm: κ is not negative, being a squared norm, a mean of them or an excess *)
  (H_kappa_sign : 0 <= kappa)
  (* assumed: first: x = a x' with E‖x‖² <= a² (of theorem cauchy_schwarz, cited for 'theorem
      cauchy_schwarz') *)
  (H_first : norm2_x <= 1)
  (* assumed: second: y = b y' with E‖y‖² <= b² (of theorem cauchy_schwarz, cited for 'theorem
      cauchy_schwarz') *)
  (H_second : norm2_y <= 1)
  (* squared norm: a squared norm: ‖x' - y'‖² (of theorem cauchy_schwarz, cited for 'theorem
      cauchy_schwarz') *)
  (H_square_ : 0 <= norm2_x + norm2_y - 2 * x_dot_y)
  (* what is bounded: 'theorem cauchy_schwarz': what theorem cauchy_schwarz bounds, E⟨x, y⟩ *)
  (H_theorem_cauchy_schwarz_link : Cov_H_R = kappa * 1 * x_dot_y)
  (* assumed: mini-batch noise: N bounds E‖Σ P_v ξ_v‖² *)
  (H_mini_batch_noise : norm2_xi <= N)
  : norm2_g * eta ^ 2 + norm2_xi * eta ^ 2 + 2 * g_dot_xi * eta ^ 2 + norm2_e - 2 * eta * e_dot_g -
      2 * eta * e_dot_xi <= 2 * L * Gamma * eta ^ 2 + 2 * L * kappa * eta ^ 2 + N * eta ^ 2 +
      norm2_e * (1 - eta * mu) - 2 * eta * phi * (1 - L * eta).
Proof.
  assert (exists ell_slack, 0 <= ell_slack /\ ell_slack = L - mu)
    as [ell_slack [ell_slack_sign ell_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / eta - L)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((L / eta) * (1 / L - eta)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_L : L = mu + ell_slack).
  { rewrite ?ell_slack_def. identity. }
  assert (chart_eta : eta = 1 / (s_slack + mu + ell_slack)).
  { rewrite ?ell_slack_def, ?s_slack_def. identity. }
  {
  assert (fact_1 : e_dot_g - e_dot_gradF = 0).
  { exact (same _ _ H_unbiased_against_e). }
  assert (part_1 := times_zero (2 * eta) _ fact_1).
  assert (fact_2 : e_dot_xi - 0 = 0).
  { exact (same _ _ H_unbiased_against_e_). }
  assert (part_2 := times_zero (2 * eta) _ fact_2).
  assert (fact_3 : g_dot_xi - 0 = 0).
  { exact (same _ _ H_unbiased_against_g). }
  assert (part_3 := times_zero (- 2 * eta ^ 2) _ fact_3).
  assert (fact_4 : 0 <= E_HQ - norm2_g).
  { assert (added : forall m : nat, 0 <= (total m (fun i => (norm2_b i))) - (total m (fun i =>
      (norm2_m i)))).
  { intro m. induction m as [| m before]; cbn [total].
  - apply from_zero. unfold Rdiv. ring.
  - assert (one : 0 <= ((norm2_b m) - (norm2_m m))).
  { apply room.
  refine (mean_over_clients (norm2_b m) (norm2_m m) (b_dot_m m) (H_norm2_b_sign m) (H_mean m)
      (H_square m)).
  }
  assert (sum := Rplus_le_le_0_compat _ _ before one).
  refine (Rle_trans _ _ _ sum (Req_le _ _ _)). unfold Rdiv. ring. }
  rewrite H_g2_total, H_E_HQ_total. exact (added mean_over_clients_number). }
  assert (multiplier_4 : 0 <= eta ^ 2).
  { rewrite ?chart_L, ?chart_eta. written (1 / (s_slack + mu + ell_slack) ^ 2). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (fact_5 : 0 <= 2 * E_HR * L - E_HQ).
  { apply room.
  refine ((bounded_gradient L E_HR F_next E_HQ _ _ H_smoothness H_f_next_f_star)).
  { generalize L_sign. cbn [INR]. lra. }
  { pose proof H_E_HR_sign. rewrite ?chart_L, ?chart_eta. written ((E_HR)). sign. } }
  assert (multiplier_5 : 0 <= eta ^ 2).
  { rewrite ?chart_L, ?chart_eta. written (1 / (s_slack + mu + ell_slack) ^ 2). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (fact_6 : 0 <= e_dot_gradF - (mu * norm2_e / 2 + phi)).
  { exact (room _ _ H_strong_convexity). }
  assert (multiplier_6 : 0 <= 2 * eta).
  { rewrite ?chart_L, ?chart_eta. written (2 / (s_slack + mu + ell_slack)). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  assert (fact_7 : Cov_H_R + E_R - E_HR = 0).
  { exact (same _ _ H_covariance). }
  assert (part_7 := times_zero (2 * L * eta ^ 2) _ fact_7).
  assert (fact_8 : E_R - (Gamma + phi) = 0).
  { exact (same _ _ H_surrogate). }
  assert (part_8 := times_zero (- 2 * L * eta ^ 2) _ fact_8).
  assert (fact_9 : 0 <= kappa * 1 - Cov_H_R).
  { apply (linked _ _ _ H_theorem_cauchy_schwarz_link).
  refine ((cauchy_schwarz kappa 1 norm2_x norm2_y x_dot_y _ _ H_first H_second H_square_)).
  { pose proof H_kappa_sign. rewrite ?chart_L, ?chart_eta. written ((kappa)). sign. }
  { rewrite ?chart_L, ?chart_eta. written (1). sign. } }
  assert (multiplier_9 : 0 <= 2 * L * eta ^ 2).
  { rewrite ?chart_L, ?chart_eta. written (2 * (mu + ell_slack) / (s_slack + mu + ell_slack) ^ 2).
      sign. }
  assert (part_9 := Rmult_le_pos _ _ multiplier_9 fact_9).
  assert (fact_10 : 0 <= N - norm2_xi).
  { exact (room _ _ H_mini_batch_noise). }
  assert (multiplier_10 : 0 <= eta ^ 2).
  { rewrite ?chart_L, ?chart_eta. written (1 / (s_slack + mu + ell_slack) ^ 2). sign. }
  assert (part_10 := Rmult_le_pos _ _ multiplier_10 fact_10).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((2 * eta) * (e_dot_g - e_dot_gradF) + (2 *
      eta) * (e_dot_xi - 0) + (- 2 * eta ^ 2) * (g_dot_xi - 0) + (eta ^ 2) * (E_HQ - norm2_g) + (eta
      ^ 2) * (2 * E_HR * L - E_HQ) + (2 * eta) * (e_dot_gradF - (mu * norm2_e / 2 + phi)) + (2 * L *
      eta ^ 2) * (Cov_H_R + E_R - E_HR) + (- 2 * L * eta ^ 2) * (E_R - (Gamma + phi)) + (2 * L * eta
      ^ 2) * (kappa * 1 - Cov_H_R) + (eta ^ 2) * (N - norm2_xi)) by identity end.
  parts.
  }
Qed.

(* Under partial participation steps c/(t + τ) reach the minimiser, in three parts *)
Theorem participation_rate
  (L : R) (* the smoothness L of every client's f_i *)
  (mu : R) (* the strong convexity μ *)
  (c : R) (* the scale c of the steps *)
  (tau : R) (* the offset τ *)
  (a0 : R) (* the start a₀ *)
  (Gamma : R) (* Γ = F* − Σ d_i f_i* *)
  (kappa : R) (* κ, standing for sqrt(VarH*VarR) *)
  (N : R) (* the mini-batch noise N of the step *)
  (C : R) (* the constant C *)
  (phi : nat -> R) (* φ *)
  (a : nat -> R) (*  *)
  (Cov_H_R : nat -> R) (* Cov[H,R] *)
  (E_HQ : nat -> R) (* E[HQ] *)
  (E_HR : nat -> R) (* E[HR] *)
  (E_R : nat -> R) (* E[R] *)
  (norm2_g : nat -> R) (* ‖g‖² *)
  (norm2_xi : nat -> R) (* ‖ξ‖² *)
  (e_dot_g : nat -> R) (* ⟨e,g⟩ *)
  (e_dot_xi : nat -> R) (* ⟨e,ξ⟩ *)
  (e_dot_gradF : nat -> R) (* ⟨e,∇F⟩ *)
  (g_dot_xi : nat -> R) (* ⟨g,ξ⟩ *)
  (mean_over_clients_number : nat -> nat) (* how many: the outcomes of the draw, times H = Σ P_v *)
  (norm2_b : nat -> nat -> R) (* Σ d_k ‖b_k‖², one a term *)
  (norm2_m : nat -> nat -> R) (* ‖m‖², one a term *)
  (b_dot_m : nat -> nat -> R) (* ⟨b,m⟩, one a term *)
  (F_next : nat -> R) (* F⁺ *)
  (norm2_x : nat -> R) (* ‖x'‖² *)
  (norm2_y : nat -> R) (* ‖y'‖² *)
  (x_dot_y : nat -> R) (* ⟨x',y'⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the strong convexity μ *)
  (mu_sign : 0 < mu)
  (* range: the scale c of the steps *)
  (c_sign : 0 < c)
  (* range: the offset τ *)
  (tau_sign : 0 < tau)
  (* range: the start a₀ *)
  (a0_sign : 0 <= a0)
  (* range: Γ = F* − Σ d_i f_i* *)
  (Gamma_sign : 0 <= Gamma)
  (* range: κ, a bound on √(Var H · Var R) in every round *)
  (kappa_sign : 0 <= kappa)
  (* range: the mini-batch noise N of the step *)
  (N_sign : 0 <= N)
  (* range: the constant C *)
  (C_sign : 0 <= C)
  (* condition: L >= μ *)
  (in_range_L_mu : mu <= L)
  (* condition: cμ >= 1 *)
  (in_range_cmu_1 : 1 <= c * mu)
  (* condition: cL <= τ *)
  (in_range_cL_tau : L * c <= tau)
  (* condition: C >= τ a₀ *)
  (in_range_C_tau_a0 : a0 * tau <= C)
  (* condition: C (cμ − 1) >= c² B *)
  (in_range_C_cmu_1_c2_B : c ^ 2 * (2 * L * Gamma + 2 * L * kappa + N) <= C * (c * mu - 1))
  (* squared norm: a(t) is not negative, being a squared norm, a mean of them or an excess *)
  (H_a_t_sign : forall t : nat, 0 <= a t)
  (* squared norm: φ is not negative, being a squared norm, a mean of them or an excess *)
  (H_phi_sign : forall t : nat, 0 <= (phi t))
  (* assumed: unbiased, against e: g - ∇F has mean zero and e is fixed before the draw (of theorem
      partial_participation, cited for 'one round at w_t') *)
  (H_unbiased_against_e : forall t : nat, (e_dot_g t) = (e_dot_gradF t))
  (* assumed: unbiased, against e: ξ has mean zero and e is fixed before the draw (of theorem
      partial_participation, cited for 'one round at w_t') *)
  (H_unbiased_against_e_ : forall t : nat, (e_dot_xi t) = 0)
  (* assumed: unbiased, against g: ξ has mean zero and g is fixed before the draw (of theorem
      partial_participation, cited for 'one round at w_t') *)
  (H_unbiased_against_g : forall t : nat, (g_dot_xi t) = 0)
  (* condition: Σ d_k ‖b_k‖², for the outcomes of the draw, times H = Σ P_v (of theorem
      partial_participation, cited for 'one round at w_t') *)
  (H_norm2_b_sign : forall t : nat, forall i : nat, 0 <= ((norm2_b t) i))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all, for the outcomes of the draw,
      times H = Σ P_v (of theorem partial_participation, cited for 'one round at w_t') *)
  (H_mean : forall t : nat, forall i : nat, ((b_dot_m t) i) = ((norm2_m t) i))
  (* squared norm: a squared norm: ‖b - m‖², for the outcomes of the draw, times H = Σ P_v (of
      theorem partial_participation, cited for 'one round at w_t') *)
  (H_square : forall t : nat, forall i : nat, 0 <= ((norm2_b t) i) + ((norm2_m t) i) - 2 * ((b_dot_m
      t) i))
  (* what is bounded: ‖g‖² is the sum of ‖m‖² (of theorem partial_participation, cited for 'one
      round at w_t') *)
  (H_g2_total : forall t : nat, (norm2_g t) = total (mean_over_clients_number t) (fun i => ((norm2_m
      t) i)))
  (* what is bounded: E[HQ] is the sum of ‖b‖² (of theorem partial_participation, cited for 'one
      round at w_t') *)
  (H_E_HQ_total : forall t : nat, (E_HQ t) = total (mean_over_clients_number t) (fun i => ((norm2_b
      t) i)))
  (* squared norm: E[HR] is not negative, being a squared norm, a mean of them or an excess (of
      theorem partial_participation, cited for 'one round at w_t') *)
  (H_E_HR_sign : forall t : nat, 0 <= (E_HR t))
  (* assumed: smoothness: descent lemma, f is L-smooth (of theorem bounded_gradient, cited for
      'smooth and bounded below') (of theorem partial_participation, cited for 'one round at w_t')
      *)
  (H_smoothness : forall t : nat, (F_next t) + (E_HQ t) / (2 * L) <= (E_HR t))
  (* assumed: f⁺ >= f*: f* is a lower bound (of theorem bounded_gradient, cited for 'smooth and
      bounded below') (of theorem partial_participation, cited for 'one round at w_t') *)
  (H_f_next_f_star : forall t : nat, 0 <= (F_next t))
  (* assumed: strong convexity: F is μ-strongly convex, between w and w* (of theorem
      partial_participation, cited for 'one round at w_t') *)
  (H_strong_convexity : forall t : nat, mu * (a t) / 2 + (phi t) <= (e_dot_gradF t))
  (* assumed: covariance: Cov(H, R) = E[HR] − E H · E R, and E H = 1 (of theorem
      partial_participation, cited for 'one round at w_t') *)
  (H_covariance : forall t : nat, (Cov_H_R t) + (E_R t) = (E_HR t))
  (* assumed: surrogate: E Σ_b P_(i,b) = d_i for every client (of theorem partial_participation,
      cited for 'one round at w_t') *)
  (H_surrogate : forall t : nat, (E_R t) = Gamma + (phi t))
  (* squared norm: κ is not negative, being a squared norm, a mean of them or an excess (of theorem
      partial_participation, cited for 'one round at w_t') *)
  (H_kappa_sign : 0 <= kappa)
  (* assumed: first: x = a x' with E‖x‖² <= a² (of theorem cauchy_schwarz, cited for 'theorem
      cauchy_schwarz') (of theorem partial_participation, cited for 'one round at w_t') *)
  (H_first : forall t : nat, (norm2_x t) <= 1)
  (* assumed: second: y = b y' with E‖y‖² <= b² (of theorem cauchy_schwarz, cited for 'theorem
      cauchy_schwarz') (of theorem partial_participation, cited for 'one round at w_t') *)
  (H_second : forall t : nat, (norm2_y t) <= 1)
  (* squared norm: a squared norm: ‖x' - y'‖² (of theorem cauchy_schwarz, cited for 'theorem
      cauchy_schwarz') (of theorem partial_participation, cited for 'one round at w_t') *)
  (H_square_ : forall t : nat, 0 <= (norm2_x t) + (norm2_y t) - 2 * (x_dot_y t))
  (* what is bounded: 'theorem cauchy_schwarz': what theorem cauchy_schwarz bounds, E⟨x, y⟩ (of
      theorem partial_participation, cited for 'one round at w_t') *)
  (H_theorem_cauchy_schwarz_link : forall t : nat, (Cov_H_R t) = kappa * 1 * (x_dot_y t))
  (* assumed: mini-batch noise: N bounds E‖Σ P_v ξ_v‖² (of theorem partial_participation, cited for
      'one round at w_t') *)
  (H_mini_batch_noise : forall t : nat, (norm2_xi t) <= N)
  (* what is bounded: 'one round at w_t': what theorem partial_participation bounds, E‖w⁺ − w*‖² *)
  (H_one_round_at_w_t_link : forall t : nat, a (S t) = (norm2_g t) * (c / (INR t + tau)) ^ 2 +
      (norm2_xi t) * (c / (INR t + tau)) ^ 2 + 2 * (g_dot_xi t) * (c / (INR t + tau)) ^ 2 + (a t) -
      2 * (c / (INR t + tau)) * (e_dot_g t) - 2 * (c / (INR t + tau)) * (e_dot_xi t))
  (* assumed: F(w_t) >= F*: w* is the minimiser *)
  (H_F_w_t_F_star : forall t : nat, 0 <= (phi t))
  (* assumed: start: a(0) is at most a₀ *)
  (H_start : a O <= a0)
  : forall t : nat, a t <= C / (INR t + tau).
Proof.
  assert (exists ell_slack, 0 <= ell_slack /\ ell_slack = L - mu)
    as [ell_slack [ell_slack_sign ell_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (L - mu)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists r_slack, 0 <= r_slack /\ r_slack = c * mu - 1)
    as [r_slack [r_slack_sign r_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (c * mu - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = tau - L * c)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (tau - (L * c))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_L : L = mu + ell_slack).
  { rewrite ?ell_slack_def. identity. }
  assert (chart_c : c = (r_slack + 1) / mu).
  { rewrite ?r_slack_def. identity. }
  assert (chart_tau : tau = s_slack + (r_slack + 1) * (mu + ell_slack) / mu).
  { rewrite ?ell_slack_def, ?r_slack_def, ?s_slack_def. identity. }
  assert (goal_recursion : forall t : nat, 0 <= c ^ 2 * (2 * L * Gamma + 2 * L * kappa + N) / (INR t
      + tau) ^ 2 + (1 - c * mu / (INR t + tau)) * a t - a (S t)).
  { intro t. (* recursion *)
  pose proof (pos_INR t) as index_sign.
  pose proof (H_E_HR_sign t).
  assert (fact_1 : 0 <= 2 * L * Gamma * (c / (INR t + tau)) ^ 2 + 2 * L * kappa * (c / (INR t +
      tau)) ^ 2 + N * (c / (INR t + tau)) ^ 2 + (a t) * (1 - (c / (INR t + tau)) * mu) - 2 * (c /
      (INR t + tau)) * (phi t) * (1 - L * (c / (INR t + tau))) - (a (S t))).
  { apply (linked _ _ _ (H_one_round_at_w_t_link t)).
  refine ((partial_participation L mu (c / (INR t + tau)) (a t) (phi t) Gamma N (Cov_H_R t) (E_HQ t)
      (E_HR t) (E_R t) kappa (norm2_g t) (norm2_xi t) (e_dot_g t) (e_dot_xi t) (e_dot_gradF t)
      (g_dot_xi t) (mean_over_clients_number t) (norm2_b t) (norm2_m t) (b_dot_m t) (F_next t)
      (norm2_x t) (norm2_y t) (x_dot_y t) _ _ _ _ _ _ _ _ _ (H_unbiased_against_e t)
      (H_unbiased_against_e_ t) (H_unbiased_against_g t) (H_norm2_b_sign t) (H_mean t) (H_square t)
      (H_g2_total t) (H_E_HQ_total t) (H_E_HR_sign t) (H_smoothness t) (H_f_next_f_star t)
      (H_strong_convexity t) (H_covariance t) (H_surrogate t) H_kappa_sign (H_first t) (H_second t)
      (H_square_ t) (H_theorem_cauchy_schwarz_link t) (H_mini_batch_noise t))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize mu_sign. cbn [INR]. lra. }
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written ((r_slack + 1) / (r_slack * mu + r_slack *
      ell_slack + s_slack * mu + INR t * mu + mu + ell_slack)). sign. }
  { pose proof (H_a_t_sign t). rewrite ?chart_L, ?chart_c, ?chart_tau. written ((a t)). sign. }
  { pose proof (H_phi_sign t). rewrite ?chart_L, ?chart_c, ?chart_tau. written (((phi t))). sign. }
  { generalize Gamma_sign. cbn [INR]. lra. }
  { generalize N_sign. cbn [INR]. lra. }
  { generalize in_range_L_mu. cbn [INR]. lra. }
  { apply at_most. rewrite ?chart_L, ?chart_c, ?chart_tau. written (mu * (s_slack + INR t) / ((mu +
      ell_slack) * (r_slack * mu + r_slack * ell_slack + s_slack * mu + INR t * mu + mu +
      ell_slack))). sign. } }
  assert (fact_2 : 0 <= (phi t) - 0).
  { exact (room _ _ (H_F_w_t_F_star t)). }
  assert (multiplier_2 : 0 <= 2 * c * (INR t + tau - L * c) / (INR t + tau) ^ 2).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written (2 * (s_slack + INR t) * mu * (r_slack + 1) /
      (r_slack * mu + r_slack * ell_slack + s_slack * mu + INR t * mu + mu + ell_slack) ^ 2). sign.
      }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (0 < INR t + tau).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written ((r_slack * mu + r_slack * ell_slack + s_slack *
      mu + INR t * mu + mu + ell_slack) / mu). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((2 * L * Gamma * (c / (INR t + tau)) ^ 2 + 2 *
      L * kappa * (c / (INR t + tau)) ^ 2 + N * (c / (INR t + tau)) ^ 2 + (a t) * (1 - (c / (INR t +
      tau)) * mu) - 2 * (c / (INR t + tau)) * (phi t) * (1 - L * (c / (INR t + tau))) - (a (S t))) +
      (2 * c * (INR t + tau - L * c) / (INR t + tau) ^ 2) * ((phi t) - 0)) by identity end.
  parts.
  }
  assert (every : forall t : nat, a t <= C / (INR t + tau)).
  { intro t. induction t as [| t hypothesis].
  - (* base, t = 0 *) assert (goal : a O <= C / (0 + tau)).
  {
  pose proof (H_E_HR_sign O).
  assert (fact_1 : 0 <= a0 - (a O)).
  { exact (room _ _ H_start). }
  assert (fact_2 : 0 <= C - (a0 * tau)).
  { generalize in_range_C_tau_a0. lra. }
  assert (multiplier_2 : 0 <= 1 / tau).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written (mu / (r_slack * mu + r_slack * ell_slack +
      s_slack * mu + mu + ell_slack)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((a0 - (a O)) + (1 / tau) * (C - (a0 * tau)))
      by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, t to t + 1 *) assert (goal : a (S t) <= C / ((INR t + 1) + tau)).
  {
  pose proof (pos_INR t) as index_sign.
  pose proof (H_E_HR_sign t).
  assert (fact_1 : 0 <= c ^ 2 * (2 * L * Gamma + 2 * L * kappa + N) / (INR t + tau) ^ 2 + (1 - c *
      mu / (INR t + tau)) * a t - a (S t)).
  { exact (goal_recursion t). }
  assert (fact_2 : 0 <= C / (INR t + tau) - (a t)).
  { exact (room _ _ hypothesis). }
  assert (multiplier_2 : 0 <= (INR t + tau - c * mu) / (INR t + tau)).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written ((r_slack * ell_slack + s_slack * mu + INR t *
      mu + ell_slack) / (r_slack * mu + r_slack * ell_slack + s_slack * mu + INR t * mu + mu +
      ell_slack)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= C * (c * mu - 1) - (c ^ 2 * (2 * L * Gamma + 2 * L * kappa + N))).
  { generalize in_range_C_cmu_1_c2_B. lra. }
  assert (multiplier_3 : 0 <= 1 / (INR t + tau) ^ 2).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written (mu ^ 2 / (r_slack * mu + r_slack * ell_slack +
      s_slack * mu + INR t * mu + mu + ell_slack) ^ 2). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= C).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written (C). sign. }
  assert (multiplier_4 : 0 <= 1 / ((INR t + tau) ^ 2 * (INR t + tau + 1))).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written (mu ^ 3 / ((r_slack * mu + r_slack * ell_slack +
      s_slack * mu + INR t * mu + 2 * mu + ell_slack) * (r_slack * mu + r_slack * ell_slack +
      s_slack * mu + INR t * mu + mu + ell_slack) ^ 2)). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (0 < INR t + tau + 1).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written ((r_slack * mu + r_slack * ell_slack + s_slack *
      mu + INR t * mu + 2 * mu + ell_slack) / mu). sign. }
  assert (0 < INR t + tau).
  { rewrite ?chart_L, ?chart_c, ?chart_tau. written ((r_slack * mu + r_slack * ell_slack + s_slack *
      mu + INR t * mu + mu + ell_slack) / mu). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((c ^ 2 * (2 * L * Gamma + 2 * L * kappa + N) /
      (INR t + tau) ^ 2 + (1 - c * mu / (INR t + tau)) * a t - a (S t)) + ((INR t + tau - c * mu) /
      (INR t + tau)) * (C / (INR t + tau) - (a t)) + (1 / (INR t + tau) ^ 2) * (C * (c * mu - 1) -
      (c ^ 2 * (2 * L * Gamma + 2 * L * kappa + N))) + (1 / ((INR t + tau) ^ 2 * (INR t + tau + 1)))
      * C) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro t. exact (every t).
Qed.

Print Assumptions participation_rate.
