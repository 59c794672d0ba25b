(* Under α-fair draws every model reaches a small gradient, while no loss is far behind. *)
(* S models; every client is active with chance q, independently, and then trains model s with
    chance P_s = f_s^(α−1)/Σ_t f_t^(α−1), by losses before the round; a client that trains it has
    the weight d_i/(qP_s); D is the largest d_i, c = 1/q − 1, n = S − 1. For this model: F = Σ d_i
    f_i, every f_i is L-smooth; every client takes K local steps of η from x, w is where it stands
    at one of them; products are means over clients with weights d_i, over the K steps, and
    expectations: t = ∇f_i(w) − ∇f_i(x), a = ∇f_i(x) − ∇F(x), v = w − x. A client's local gradients
    have noise of mean 0 given the past, of variance at most σ_i², independent across clients and
    local steps, σ² >= Σ d_i σ_i²; epochs through shuffled data are not covered; values are measured
    from a lower bound. x⁺ = x − γ(∇F(x) + c + b + χ): c is the mean of t, b = (1/K) Σ_k Σ d_i
    ν_{i,k} the clients' noise, N >= Σ d_i² σ_i², χ = Σ (P_i − d_i)G_i what the draw adds, E P_i =
    d_i independently of the local steps, E‖χ‖² <= V. Of the draw it is known that E‖Σ (P_i −
    d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u. y is the mean of a client's K gradients, z that of its K
    noises. S(T) = Σ_{t<T} E‖∇F(x_t)‖², E(T) = E F(x_T) − F_inf; c = γ/6. *)
(* Reference: theorems fair_draw and fedavg_weights; the method of Siew et al., arXiv 2404.13841. *)

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

(* The squared norm of a sum, by the squared norms of its terms *)
Lemma squared_sum
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> R) (* ⟨m,y⟩ *)
  (A : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (* range: S(n), the sum of E‖y_j‖² *)
  (S_sign : forall n : nat, 0 <= S_ n)
  (* assumed: no update: an empty sum *)
  (H_no_update : S_ O = 0)
  (* assumed: so far: m is the mean so far *)
  (H_so_far : forall n : nat, A n = (norm2_m n))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) *)
  (H_one_more : forall n : nat, A (S n) = (norm2_m n) * (INR n) ^ 2 / (INR n + 1) ^ 2 + 2 * INR n *
      (m_dot_y n) / (INR n + 1) ^ 2 + (norm2_y n) / (INR n + 1) ^ 2)
  (* assumed: S(n + 1): one more square *)
  (H_S_n_1 : forall n : nat, S_ (S n) = (norm2_y n) + S_ n)
  (* squared norm: a squared norm: ‖m - y‖² *)
  (H_square : forall n : nat, 0 <= (norm2_m n) + (norm2_y n) - 2 * (m_dot_y n))
  : forall n : nat, INR n * A n <= S_ n.
Proof.
  assert (every : forall n : nat, INR n * A n <= S_ n).
  { intro n. induction n as [| n hypothesis].
  - (* base, n = 0 *) assert (goal : 0 * A O <= S_ O).
  {
  pose proof (S_sign O).
  cbn [INR] in *.
  assert (fact_1 : S_ O - 0 = 0).
  { exact (same _ _ H_no_update). }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((S_ O - 0)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, n to n + 1 *) assert (goal : (INR n + 1) * A (S n) <= S_ (S n)).
  {
  pose proof (pos_INR n) as index_sign.
  pose proof (S_sign n).
  cbn [INR] in *.
  assert (fact_1 : A n - (norm2_m n) = 0).
  { exact (same _ _ (H_so_far n)). }
  assert (part_1 := times_zero (INR n) _ fact_1).
  assert (fact_2 : A (S n) - ((norm2_m n) * (INR n) ^ 2 / (INR n + 1) ^ 2 + 2 * INR n * (m_dot_y n)
      / (INR n + 1) ^ 2 + (norm2_y n) / (INR n + 1) ^ 2) = 0).
  { exact (same _ _ (H_one_more n)). }
  assert (part_2 := times_zero (- INR n - 1) _ fact_2).
  assert (fact_3 : S_ (S n) - ((norm2_y n) + S_ n) = 0).
  { exact (same _ _ (H_S_n_1 n)). }
  assert (fact_4 : 0 <= S_ n - (INR n * A n)).
  { exact (room _ _ hypothesis). }
  assert (fact_5 : 0 <= (norm2_m n) + (norm2_y n) - 2 * (m_dot_y n)).
  { exact (H_square n). }
  assert (multiplier_5 : 0 <= INR n / (INR n + 1)).
  { written ((INR n) / (INR n + 1)). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (0 < INR n + 1).
  { written ((INR n + 1)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((INR n) * (A n - (norm2_m n)) + (- INR n - 1)
      * (A (S n) - ((norm2_m n) * (INR n) ^ 2 / (INR n + 1) ^ 2 + 2 * INR n * (m_dot_y n) / (INR n +
      1) ^ 2 + (norm2_y n) / (INR n + 1) ^ 2)) + (S_ (S n) - ((norm2_y n) + S_ n)) + (S_ n - (INR n
      * A n)) + (INR n / (INR n + 1)) * ((norm2_m n) + (norm2_y n) - 2 * (m_dot_y n))) by identity
      end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro n. exact (every n).
Qed.

(* How far a client moves in its local steps, with noise *)
Lemma local_path
  (eta : R) (* the step size η *)
  (sigma2 : R) (* the variance σ² of the step *)
  (norm2_Z : nat -> R) (* ‖Z‖² *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (Z_dot_m : nat -> R) (* ⟨Z,m⟩ *)
  (A : nat -> R) (*  *)
  (D : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (V : nat -> R) (*  *)
  (norm2_Z_ : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi : nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi : nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (norm2_m_ : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> R) (* ⟨m,y⟩ *)
  (* range: the step size η *)
  (eta_sign : 0 < eta)
  (* range: S(n), the sum of E‖y_j‖² *)
  (S_sign : forall n : nat, 0 <= S_ n)
  (* range: the variance σ² of the step *)
  (sigma2_sign : 0 <= sigma2)
  (* assumed: no step: an empty sum *)
  (H_no_step : D O = 0)
  (* assumed: so far: m is the mean so far *)
  (H_so_far : forall n : nat, A n = (norm2_m n))
  (* assumed: the noises: Z is the sum of n noises *)
  (H_the_noises : forall n : nat, V n = (norm2_Z n))
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') *)
  (H_empty_sum : V O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') *)
  (H_so_far_ : forall n : nat, forall k : nat, V k = ((norm2_Z_ n) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') *)
  (H_one_more : forall n : nat, forall k : nat, V (S k) = ((norm2_Z_ n) k) + ((norm2_xi n) k) + 2 *
      ((Z_dot_xi n) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') *)
  (H_unbiased_against_Z : forall n : nat, forall k : nat, ((Z_dot_xi n) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') *)
  (H_variance : forall n : nat, forall k : nat, ((norm2_xi n) k) <= sigma2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') *)
  (H_S_sign : forall i : nat, 0 <= S_ i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') *)
  (H_no_update : S_ O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') *)
  (H_so_far_2 : forall n : nat, forall i : nat, A i = ((norm2_m_ n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') *)
  (H_one_more_ : forall n : nat, forall i : nat, A (S i) = ((norm2_m_ n) i) * (INR i) ^ 2 / (INR i +
      1) ^ 2 + 2 * INR i * ((m_dot_y n) i) / (INR i + 1) ^ 2 + ((norm2_y_ n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') *)
  (H_S_n_1 : forall n : nat, forall i : nat, S_ (S i) = ((norm2_y_ n) i) + S_ i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') *)
  (H_square : forall n : nat, forall i : nat, 0 <= ((norm2_m_ n) i) + ((norm2_y_ n) i) - 2 *
      ((m_dot_y n) i))
  (* assumed: S(n + 1): one more square *)
  (H_S_n_1_ : forall n : nat, S_ (S n) = (norm2_y n) + S_ n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) *)
  (H_D_n_1 : forall n : nat, D (S n) = eta ^ 2 * ((norm2_m n) * (INR n) ^ 2 + 2 * INR n * (Z_dot_m
      n) + (norm2_Z n)) + D n)
  (* squared norm: a squared norm: ‖-Z + m*n‖² *)
  (H_square_ : forall n : nat, 0 <= (norm2_m n) * (INR n) ^ 2 + (norm2_Z n) - 2 * INR n * (Z_dot_m
      n))
  (* squared norm: a squared norm: ‖y‖² *)
  (H_square_2 : forall n : nat, 0 <= (norm2_y n))
  : forall n : nat, D n <= INR n * eta ^ 2 * (INR n - 1) * (sigma2 + S_ n).
Proof.
  assert (every : forall n : nat, D n <= INR n * eta ^ 2 * (INR n - 1) * (sigma2 + S_ n)).
  { intro n. induction n as [| n hypothesis].
  - (* base, n = 0 *) assert (goal : D O <= 0 * eta ^ 2 * (0 - 1) * (sigma2 + S_ O)).
  {
  pose proof (S_sign O).
  assert (fact_1 : D O - 0 = 0).
  { exact (same _ _ H_no_step). }
  assert (part_1 := times_zero (- 1) _ fact_1).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- 1) * (D O - 0)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, n to n + 1 *) assert (goal : D (S n) <= (INR n + 1) * eta ^ 2 * ((INR n + 1) - 1)
      * (sigma2 + S_ (S n))).
  {
  pose proof (pos_INR n) as index_sign.
  pose proof (S_sign n).
  assert (fact_1 : A n - (norm2_m n) = 0).
  { exact (same _ _ (H_so_far n)). }
  assert (part_1 := times_zero (2 * (INR n) ^ 2 * eta ^ 2) _ fact_1).
  assert (fact_2 : V n - (norm2_Z n) = 0).
  { exact (same _ _ (H_the_noises n)). }
  assert (part_2 := times_zero (2 * eta ^ 2) _ fact_2).
  assert (fact_3 : 0 <= INR n * sigma2 - (V n)).
  { apply room.
  refine ((batch_sum sigma2 (norm2_Z_ n) (norm2_xi n) (Z_dot_xi n) V _ H_empty_sum (H_so_far_ n)
      (H_one_more n) (H_unbiased_against_Z n) (H_variance n) n)).
  { generalize sigma2_sign. cbn [INR]. lra. } }
  assert (multiplier_3 : 0 <= 2 * eta ^ 2).
  { written (2 * eta ^ 2). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= S_ n - (INR n * A n)).
  { apply room.
  refine ((squared_sum (norm2_m_ n) (norm2_y_ n) (m_dot_y n) A S_ H_S_sign H_no_update (H_so_far_2
      n) (H_one_more_ n) (H_S_n_1 n) (H_square n) n)). }
  assert (multiplier_4 : 0 <= 2 * INR n * eta ^ 2).
  { written (2 * (INR n) * eta ^ 2). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (fact_5 : S_ (S n) - ((norm2_y n) + S_ n) = 0).
  { exact (same _ _ (H_S_n_1_ n)). }
  assert (part_5 := times_zero (INR n * eta ^ 2 * (INR n + 1)) _ fact_5).
  assert (fact_6 : D (S n) - (eta ^ 2 * ((norm2_m n) * (INR n) ^ 2 + 2 * INR n * (Z_dot_m n) +
      (norm2_Z n)) + D n) = 0).
  { exact (same _ _ (H_D_n_1 n)). }
  assert (part_6 := times_zero (- 1) _ fact_6).
  assert (fact_7 : 0 <= INR n * eta ^ 2 * (INR n - 1) * (sigma2 + S_ n) - (D n)).
  { exact (room _ _ hypothesis). }
  assert (fact_8 : 0 <= (norm2_m n) * (INR n) ^ 2 + (norm2_Z n) - 2 * INR n * (Z_dot_m n)).
  { exact (H_square_ n). }
  assert (multiplier_8 : 0 <= eta ^ 2).
  { written (eta ^ 2). sign. }
  assert (part_8 := Rmult_le_pos _ _ multiplier_8 fact_8).
  assert (fact_9 : 0 <= (norm2_y n)).
  { exact (H_square_2 n). }
  assert (multiplier_9 : 0 <= INR n * eta ^ 2 * (INR n + 1)).
  { written ((INR n) * (INR n + 1) * eta ^ 2). sign. }
  assert (part_9 := Rmult_le_pos _ _ multiplier_9 fact_9).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((2 * (INR n) ^ 2 * eta ^ 2) * (A n - (norm2_m
      n)) + (2 * eta ^ 2) * (V n - (norm2_Z n)) + (2 * eta ^ 2) * (INR n * sigma2 - (V n)) + (2 *
      INR n * eta ^ 2) * (S_ n - (INR n * A n)) + (INR n * eta ^ 2 * (INR n + 1)) * (S_ (S n) -
      ((norm2_y n) + S_ n)) + (- 1) * (D (S n) - (eta ^ 2 * ((norm2_m n) * (INR n) ^ 2 + 2 * INR n *
      (Z_dot_m n) + (norm2_Z n)) + D n)) + (INR n * eta ^ 2 * (INR n - 1) * (sigma2 + S_ n) - (D n))
      + (eta ^ 2) * ((norm2_m n) * (INR n) ^ 2 + (norm2_Z n) - 2 * INR n * (Z_dot_m n)) + (INR n *
      eta ^ 2 * (INR n + 1)) * (norm2_y n)) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro n. exact (every n).
Qed.

(* How far clients are from where they started, without bounded gradients *)
Lemma local_deviation
  (L : R) (* the smoothness L of every client's f_i *)
  (eta : R) (* the local step η *)
  (K : nat) (* the local steps K *)
  (norm2_gradF : R) (* ‖∇F(x)‖² *)
  (zeta2 : R) (* ζ², at least Σ d_i‖∇f_i − ∇F‖² on the path *)
  (sigma2 : R) (* σ², at least Σ d_i σ_i², σ_i² the noise of one local gradient *)
  (norm2_a : R) (* ‖a‖² *)
  (norm2_t : R) (* ‖t‖² *)
  (norm2_v : R) (* ‖v‖² *)
  (a_dot_t : R) (* ⟨a,t⟩ *)
  (a_dot_gradF : R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF : R) (* ⟨t,∇F⟩ *)
  (D : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (norm2_Z : nat -> R) (* ‖Z‖² *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (Z_dot_m : nat -> R) (* ⟨Z,m⟩ *)
  (A : nat -> R) (*  *)
  (V : nat -> R) (*  *)
  (norm2_Z_ : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi : nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi : nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (norm2_m_ : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> R) (* ⟨m,y⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the local step η *)
  (eta_sign : 0 < eta)
  (* range: the local steps K *)
  (K_sign : 0 < INR K)
  (* range: ‖∇F(x)‖² *)
  (norm2_gradF_sign : 0 <= norm2_gradF)
  (* range: ζ², at least Σ d_i‖∇f_i − ∇F‖² on the path *)
  (zeta2_sign : 0 <= zeta2)
  (* range: σ², at least Σ d_i σ_i², σ_i² the noise of one local gradient *)
  (sigma2_sign : 0 <= sigma2)
  (* condition: K >= 1 *)
  (in_range_K_1 : 1 <= INR K)
  (* condition: 3ηLK <= 1 *)
  (in_range_3etaLK_1 : 3 * INR K * L * eta <= 1)
  (* range: S(n), the sum of E‖y_j‖² (of theorem local_path, cited for 'local_path') *)
  (H_S_sign : forall n : nat, 0 <= S_ n)
  (* assumed: no step: an empty sum (of theorem local_path, cited for 'local_path') *)
  (H_no_step : D O = 0)
  (* assumed: so far: m is the mean so far (of theorem local_path, cited for 'local_path') *)
  (H_so_far : forall n : nat, A n = (norm2_m n))
  (* assumed: the noises: Z is the sum of n noises (of theorem local_path, cited for 'local_path')
      *)
  (H_the_noises : forall n : nat, V n = (norm2_Z n))
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') *)
  (H_empty_sum : V O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') *)
  (H_so_far_ : forall n : nat, forall k : nat, V k = ((norm2_Z_ n) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') *)
  (H_one_more : forall n : nat, forall k : nat, V (S k) = ((norm2_Z_ n) k) + ((norm2_xi n) k) + 2 *
      ((Z_dot_xi n) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem local_path, cited for 'local_path') *)
  (H_unbiased_against_Z : forall n : nat, forall k : nat, ((Z_dot_xi n) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem local_path, cited for 'local_path') *)
  (H_variance : forall n : nat, forall k : nat, ((norm2_xi n) k) <= sigma2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') *)
  (H_S_sign_ : forall i : nat, 0 <= S_ i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') *)
  (H_no_update : S_ O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') *)
  (H_so_far_2 : forall n : nat, forall i : nat, A i = ((norm2_m_ n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem local_path, cited for 'local_path') *)
  (H_one_more_ : forall n : nat, forall i : nat, A (S i) = ((norm2_m_ n) i) * (INR i) ^ 2 / (INR i +
      1) ^ 2 + 2 * INR i * ((m_dot_y n) i) / (INR i + 1) ^ 2 + ((norm2_y_ n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') *)
  (H_S_n_1 : forall n : nat, forall i : nat, S_ (S i) = ((norm2_y_ n) i) + S_ i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') *)
  (H_square : forall n : nat, forall i : nat, 0 <= ((norm2_m_ n) i) + ((norm2_y_ n) i) - 2 *
      ((m_dot_y n) i))
  (* assumed: S(n + 1): one more square (of theorem local_path, cited for 'local_path') *)
  (H_S_n_1_ : forall n : nat, S_ (S n) = (norm2_y n) + S_ n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem local_path,
      cited for 'local_path') *)
  (H_D_n_1 : forall n : nat, D (S n) = eta ^ 2 * ((norm2_m n) * (INR n) ^ 2 + 2 * INR n * (Z_dot_m
      n) + (norm2_Z n)) + D n)
  (* squared norm: a squared norm: ‖-Z + m*n‖² (of theorem local_path, cited for 'local_path') *)
  (H_square_ : forall n : nat, 0 <= (norm2_m n) * (INR n) ^ 2 + (norm2_Z n) - 2 * INR n * (Z_dot_m
      n))
  (* squared norm: a squared norm: ‖y‖² (of theorem local_path, cited for 'local_path') *)
  (H_square_2 : forall n : nat, 0 <= (norm2_y n))
  (* assumed: the path: a mean over K steps *)
  (H_the_path : D K = INR K * norm2_v)
  (* assumed: the gradients: ∇f_i(w) = t + a + ∇F(x), a mean over K steps *)
  (H_the_gradients : S_ K = INR K * (norm2_a + norm2_t + norm2_gradF + 2 * a_dot_t + 2 * a_dot_gradF
      + 2 * t_dot_gradF))
  (* assumed: smoothness: every f_i is L-smooth *)
  (H_smoothness : norm2_t <= norm2_v * L ^ 2)
  (* assumed: mean gradient: Σ d_i ∇f_i(x) = ∇F(x), and it is the same for all *)
  (H_mean_gradient : a_dot_gradF = 0)
  (* assumed: dissimilarity: Σ d_i‖∇f_i − ∇F‖² <= ζ² *)
  (H_dissimilarity : norm2_a <= zeta2)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² *)
  (H_square_3 : 0 <= norm2_a + norm2_t + norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_t - 2 *
      t_dot_gradF)
  : norm2_v <= 9 * eta ^ 2 * (INR K - 1) * (2 * INR K * (zeta2 + norm2_gradF) + sigma2) / 7.
Proof.
  pose proof (pos_INR K).
  assert (exists omega_slack, 0 <= omega_slack /\ omega_slack = INR K - 1)
    as [omega_slack [omega_slack_sign omega_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / (3 * INR K * L * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 3) / ((INR K) * L * eta)) * (1 - (3 * INR K * L * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = omega_slack + 1).
  { rewrite ?omega_slack_def. identity. }
  assert (chart_eta : eta = 1 / (3 * L * (s_slack + 1) * (omega_slack + 1))).
  { rewrite ?omega_slack_def, ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= INR K * eta ^ 2 * (INR K - 1) * (sigma2 + S_ K) - (D K)).
  { apply room.
  refine ((local_path eta sigma2 norm2_Z norm2_m norm2_y Z_dot_m A D S_ V norm2_Z_ norm2_xi Z_dot_xi
      norm2_m_ norm2_y_ m_dot_y _ H_S_sign _ H_no_step H_so_far H_the_noises H_empty_sum H_so_far_
      H_one_more H_unbiased_against_Z H_variance H_S_sign_ H_no_update H_so_far_2 H_one_more_
      H_S_n_1 H_square H_S_n_1_ H_D_n_1 H_square_ H_square_2 K)).
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize sigma2_sign. cbn [INR]. lra. } }
  assert (multiplier_1 : 0 <= - 1 / (INR K * (2 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 2 * INR K * L ^ 2
      * eta ^ 2 - 1))).
  { rewrite ?chart_K, ?chart_eta. written (9 * (s_slack + 1) ^ 2 / (9 * omega_slack * s_slack ^ 2 +
      9 * s_slack ^ 2 + 18 * s_slack * omega_slack + 18 * s_slack + 7 * omega_slack + 9)). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : D K - (INR K * norm2_v) = 0).
  { exact (same _ _ H_the_path). }
  assert (part_2 := times_zero (- 1 / (INR K * (2 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 2 * INR K * L ^
      2 * eta ^ 2 - 1))) _ fact_2).
  assert (fact_3 : S_ K - (INR K * (norm2_a + norm2_t + norm2_gradF + 2 * a_dot_t + 2 * a_dot_gradF
      + 2 * t_dot_gradF)) = 0).
  { exact (same _ _ H_the_gradients). }
  assert (part_3 := times_zero (eta ^ 2 * (INR K - 1) / (2 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 2 * INR
      K * L ^ 2 * eta ^ 2 - 1)) _ fact_3).
  assert (fact_4 : 0 <= norm2_v * L ^ 2 - norm2_t).
  { exact (room _ _ H_smoothness). }
  assert (multiplier_4 : 0 <= - 2 * INR K * eta ^ 2 * (INR K - 1) / (2 * (INR K) ^ 2 * L ^ 2 * eta ^
      2 - 2 * INR K * L ^ 2 * eta ^ 2 - 1)).
  { rewrite ?chart_K, ?chart_eta. written (2 * omega_slack / (L ^ 2 * (9 * omega_slack * s_slack ^ 2
      + 9 * s_slack ^ 2 + 18 * s_slack * omega_slack + 18 * s_slack + 7 * omega_slack + 9))). sign.
      }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (fact_5 : a_dot_gradF - 0 = 0).
  { exact (same _ _ H_mean_gradient). }
  assert (part_5 := times_zero (4 * INR K * eta ^ 2 * (INR K - 1) / (2 * (INR K) ^ 2 * L ^ 2 * eta ^
      2 - 2 * INR K * L ^ 2 * eta ^ 2 - 1)) _ fact_5).
  assert (fact_6 : 0 <= zeta2 - norm2_a).
  { exact (room _ _ H_dissimilarity). }
  assert (multiplier_6 : 0 <= - 2 * INR K * eta ^ 2 * (INR K - 1) / (2 * (INR K) ^ 2 * L ^ 2 * eta ^
      2 - 2 * INR K * L ^ 2 * eta ^ 2 - 1)).
  { rewrite ?chart_K, ?chart_eta. written (2 * omega_slack / (L ^ 2 * (9 * omega_slack * s_slack ^ 2
      + 9 * s_slack ^ 2 + 18 * s_slack * omega_slack + 18 * s_slack + 7 * omega_slack + 9))). sign.
      }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  assert (fact_7 : 0 <= eta ^ 2 * (INR K - 1) * (9 / 7 - 1 / (1 - 2 * INR K * L ^ 2 * eta ^ 2 * (INR
      K - 1))) * (2 * INR K * (zeta2 + norm2_gradF) + sigma2)).
  { rewrite ?chart_K, ?chart_eta. written ((2 / 7) * (2 * zeta2 * omega_slack + 2 * zeta2 + sigma2 +
      2 * omega_slack * norm2_gradF + 2 * norm2_gradF) * omega_slack * (omega_slack * s_slack ^ 2 +
      s_slack ^ 2 + 2 * s_slack * omega_slack + 2 * s_slack + 1) / ((omega_slack + 1) ^ 2 * L ^ 2 *
      (s_slack + 1) ^ 2 * (9 * omega_slack * s_slack ^ 2 + 9 * s_slack ^ 2 + 18 * s_slack *
      omega_slack + 18 * s_slack + 7 * omega_slack + 9))). sign. }
  assert (fact_8 : 0 <= norm2_a + norm2_t + norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_t - 2 *
      t_dot_gradF).
  { exact H_square_3. }
  assert (multiplier_8 : 0 <= - INR K * eta ^ 2 * (INR K - 1) / (2 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 -
      2 * INR K * L ^ 2 * eta ^ 2 - 1)).
  { rewrite ?chart_K, ?chart_eta. written (omega_slack / (L ^ 2 * (9 * omega_slack * s_slack ^ 2 + 9
      * s_slack ^ 2 + 18 * s_slack * omega_slack + 18 * s_slack + 7 * omega_slack + 9))). sign. }
  assert (part_8 := Rmult_le_pos _ _ multiplier_8 fact_8).
  assert (0 < 2 * INR K * L ^ 2 * eta ^ 2 + 1 - 2 * (INR K) ^ 2 * L ^ 2 * eta ^ 2).
  { rewrite ?chart_K, ?chart_eta. written ((1 / 9) * (9 * omega_slack * s_slack ^ 2 + 9 * s_slack ^
      2 + 18 * s_slack * omega_slack + 18 * s_slack + 7 * omega_slack + 9) / ((omega_slack + 1) *
      (s_slack + 1) ^ 2)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- 1 / (INR K * (2 * (INR K) ^ 2 * L ^ 2 * eta
      ^ 2 - 2 * INR K * L ^ 2 * eta ^ 2 - 1))) * (INR K * eta ^ 2 * (INR K - 1) * (sigma2 + S_ K) -
      (D K)) + (- 1 / (INR K * (2 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 2 * INR K * L ^ 2 * eta ^ 2 -
      1))) * (D K - (INR K * norm2_v)) + (eta ^ 2 * (INR K - 1) / (2 * (INR K) ^ 2 * L ^ 2 * eta ^ 2
      - 2 * INR K * L ^ 2 * eta ^ 2 - 1)) * (S_ K - (INR K * (norm2_a + norm2_t + norm2_gradF + 2 *
      a_dot_t + 2 * a_dot_gradF + 2 * t_dot_gradF))) + (- 2 * INR K * eta ^ 2 * (INR K - 1) / (2 *
      (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 2 * INR K * L ^ 2 * eta ^ 2 - 1)) * (norm2_v * L ^ 2 -
      norm2_t) + (4 * INR K * eta ^ 2 * (INR K - 1) / (2 * (INR K) ^ 2 * L ^ 2 * eta ^ 2 - 2 * INR K
      * L ^ 2 * eta ^ 2 - 1)) * (a_dot_gradF - 0) + (- 2 * INR K * eta ^ 2 * (INR K - 1) / (2 * (INR
      K) ^ 2 * L ^ 2 * eta ^ 2 - 2 * INR K * L ^ 2 * eta ^ 2 - 1)) * (zeta2 - norm2_a) + (eta ^ 2 *
      (INR K - 1) * (9 / 7 - 1 / (1 - 2 * INR K * L ^ 2 * eta ^ 2 * (INR K - 1))) * (2 * INR K *
      (zeta2 + norm2_gradF) + sigma2)) + (- INR K * eta ^ 2 * (INR K - 1) / (2 * (INR K) ^ 2 * L ^ 2
      * eta ^ 2 - 2 * INR K * L ^ 2 * eta ^ 2 - 1)) * (norm2_a + norm2_t + norm2_gradF + 2 *
      a_dot_gradF - 2 * a_dot_t - 2 * t_dot_gradF)) by identity end.
  parts.
  }
Qed.

(* One round of FedAvg decreases the value, up to drift, noise and the draw *)
Lemma fedavg_round
  (L : R) (* the smoothness L of every client's f_i *)
  (eta : R) (* the local step η *)
  (K : nat) (* the local steps K *)
  (gamma : R) (* the step γ of a round *)
  (F : R) (* F(x) above its lower bound *)
  (norm2_gradF : R) (* ‖∇F(x)‖² *)
  (zeta2 : R) (* ζ², at least Σ d_i‖∇f_i − ∇F‖² on the path *)
  (sigma2 : R) (* σ², at least Σ d_i σ_i², σ_i² the noise of one local gradient *)
  (N : R) (* N, at least Σ d_i² σ_i², with the weights squared *)
  (V : R) (* V, at least the variance E‖Σ (P_i − d_i)G_i‖² that the draw adds in a round *)
  (F_next : R) (* F⁺ *)
  (norm2_b : R) (* ‖b‖² *)
  (norm2_c : R) (* ‖c‖² *)
  (norm2_t : R) (* ‖t‖² *)
  (norm2_v : R) (* ‖v‖² *)
  (norm2_chi : R) (* ‖χ‖² *)
  (b_dot_c : R) (* ⟨b,c⟩ *)
  (b_dot_chi : R) (* ⟨b,χ⟩ *)
  (b_dot_gradF : R) (* ⟨b,∇F⟩ *)
  (c_dot_chi : R) (* ⟨c,χ⟩ *)
  (c_dot_gradF : R) (* ⟨c,∇F⟩ *)
  (chi_dot_gradF : R) (* ⟨χ,∇F⟩ *)
  (V_ : nat -> R) (*  *)
  (b_dot_m : R) (* ⟨b,m⟩ *)
  (norm2_a : R) (* ‖a‖² *)
  (norm2_t_ : R) (* ‖t‖² *)
  (a_dot_t : R) (* ⟨a,t⟩ *)
  (a_dot_gradF : R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF : R) (* ⟨t,∇F⟩ *)
  (D : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (norm2_Z : nat -> R) (* ‖Z‖² *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (Z_dot_m : nat -> R) (* ⟨Z,m⟩ *)
  (A : nat -> R) (*  *)
  (V_2 : nat -> R) (*  *)
  (norm2_Z_ : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi : nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi : nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (norm2_m_ : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> R) (* ⟨m,y⟩ *)
  (norm2_Z_2 : nat -> R) (* ‖Z‖² *)
  (norm2_xi_ : nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi_ : nat -> R) (* ⟨Z,ξ⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the local step η *)
  (eta_sign : 0 < eta)
  (* range: the local steps K *)
  (K_sign : 0 < INR K)
  (* range: the step γ of a round *)
  (gamma_sign : 0 < gamma)
  (* range: F(x) above its lower bound *)
  (F_sign : 0 <= F)
  (* range: ‖∇F(x)‖² *)
  (norm2_gradF_sign : 0 <= norm2_gradF)
  (* range: ζ², at least Σ d_i‖∇f_i − ∇F‖² on the path *)
  (zeta2_sign : 0 <= zeta2)
  (* range: σ², at least Σ d_i σ_i², σ_i² the noise of one local gradient *)
  (sigma2_sign : 0 <= sigma2)
  (* range: N, at least Σ d_i² σ_i², with the weights squared *)
  (N_sign : 0 <= N)
  (* range: V, at least the variance E‖Σ (P_i − d_i)G_i‖² that the draw adds in a round *)
  (V_sign : 0 <= V)
  (* condition: K >= 1 *)
  (in_range_K_1 : 1 <= INR K)
  (* condition: 3ηLK <= 1 *)
  (in_range_3etaLK_1 : 3 * INR K * L * eta <= 1)
  (* condition: 2γL <= 1 *)
  (in_range_2gammaL_1 : 2 * L * gamma <= 1)
  (* assumed: smoothness: descent lemma, F is L-smooth *)
  (H_smoothness : F_next + gamma * norm2_gradF + gamma * b_dot_gradF + gamma * c_dot_gradF + gamma *
      chi_dot_gradF <= F + L * (norm2_b * gamma ^ 2 + norm2_c * gamma ^ 2 + norm2_chi * gamma ^ 2 +
      norm2_gradF * gamma ^ 2 + 2 * b_dot_c * gamma ^ 2 + 2 * b_dot_chi * gamma ^ 2 + 2 *
      b_dot_gradF * gamma ^ 2 + 2 * c_dot_chi * gamma ^ 2 + 2 * c_dot_gradF * gamma ^ 2 + 2 *
      chi_dot_gradF * gamma ^ 2) / 2)
  (* assumed: unbiased, against ∇F: b has mean zero and ∇F is fixed before the draw *)
  (H_unbiased_against_gradF : b_dot_gradF = 0)
  (* assumed: unbiased, against ∇F: χ has mean zero and ∇F is fixed before the draw *)
  (H_unbiased_against_gradF_ : chi_dot_gradF = 0)
  (* assumed: unbiased, against b + c: χ has mean zero and b + c is fixed before the draw *)
  (H_unbiased_against_b_c : b_dot_chi + c_dot_chi = 0)
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_t2_sign : 0 <= norm2_t)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of t') *)
  (H_mean : b_dot_m = norm2_c)
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of t') *)
  (H_square : 0 <= norm2_t + norm2_c - 2 * b_dot_m)
  (* assumed: smoothness: every f_i is L-smooth *)
  (H_smoothness_ : norm2_t <= norm2_v * L ^ 2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') *)
  (H_S_sign : forall n : nat, 0 <= S_ n)
  (* assumed: no step: an empty sum (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') *)
  (H_no_step : D O = 0)
  (* assumed: so far: m is the mean so far (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') *)
  (H_so_far : forall n : nat, A n = (norm2_m n))
  (* assumed: the noises: Z is the sum of n noises (of theorem local_path, cited for 'local_path')
      (of theorem local_deviation, cited for 'local_deviation') *)
  (H_the_noises : forall n : nat, V_2 n = (norm2_Z n))
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_empty_sum : V_2 O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_so_far_ : forall n : nat, forall k : nat, V_2 k = ((norm2_Z_ n) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_one_more : forall n : nat, forall k : nat, V_2 (S k) = ((norm2_Z_ n) k) + ((norm2_xi n) k) + 2
      * ((Z_dot_xi n) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') *)
  (H_unbiased_against_Z : forall n : nat, forall k : nat, ((Z_dot_xi n) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') *)
  (H_variance : forall n : nat, forall k : nat, ((norm2_xi n) k) <= sigma2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      *)
  (H_S_sign_ : forall i : nat, 0 <= S_ i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      *)
  (H_no_update : S_ O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_so_far_2 : forall n : nat, forall i : nat, A i = ((norm2_m_ n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') *)
  (H_one_more_ : forall n : nat, forall i : nat, A (S i) = ((norm2_m_ n) i) * (INR i) ^ 2 / (INR i +
      1) ^ 2 + 2 * INR i * ((m_dot_y n) i) / (INR i + 1) ^ 2 + ((norm2_y_ n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_S_n_1 : forall n : nat, forall i : nat, S_ (S i) = ((norm2_y_ n) i) + S_ i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_square_ : forall n : nat, forall i : nat, 0 <= ((norm2_m_ n) i) + ((norm2_y_ n) i) - 2 *
      ((m_dot_y n) i))
  (* assumed: S(n + 1): one more square (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') *)
  (H_S_n_1_ : forall n : nat, S_ (S n) = (norm2_y n) + S_ n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem local_path,
      cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation') *)
  (H_D_n_1 : forall n : nat, D (S n) = eta ^ 2 * ((norm2_m n) * (INR n) ^ 2 + 2 * INR n * (Z_dot_m
      n) + (norm2_Z n)) + D n)
  (* squared norm: a squared norm: ‖-Z + m*n‖² (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') *)
  (H_square_2 : forall n : nat, 0 <= (norm2_m n) * (INR n) ^ 2 + (norm2_Z n) - 2 * INR n * (Z_dot_m
      n))
  (* squared norm: a squared norm: ‖y‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') *)
  (H_square_2_ : forall n : nat, 0 <= (norm2_y n))
  (* assumed: the path: a mean over K steps (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_the_path : D K = INR K * norm2_v)
  (* assumed: the gradients: ∇f_i(w) = t + a + ∇F(x), a mean over K steps (of theorem
      local_deviation, cited for 'local_deviation') *)
  (H_the_gradients : S_ K = INR K * (norm2_a + norm2_t_ + norm2_gradF + 2 * a_dot_t + 2 *
      a_dot_gradF + 2 * t_dot_gradF))
  (* assumed: smoothness: every f_i is L-smooth (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_smoothness_2 : norm2_t_ <= norm2_v * L ^ 2)
  (* assumed: mean gradient: Σ d_i ∇f_i(x) = ∇F(x), and it is the same for all (of theorem
      local_deviation, cited for 'local_deviation') *)
  (H_mean_gradient : a_dot_gradF = 0)
  (* assumed: dissimilarity: Σ d_i‖∇f_i − ∇F‖² <= ζ² (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_dissimilarity : norm2_a <= zeta2)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_square_3 : 0 <= norm2_a + norm2_t_ + norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_t - 2 *
      t_dot_gradF)
  (* assumed: the mean noise: b is the mean of K noises Σ d_i ν *)
  (H_the_mean_noise : norm2_b = V_ K / (INR K) ^ 2)
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') *)
  (H_empty_sum_ : V_ O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') *)
  (H_so_far_3 : forall k : nat, V_ k = (norm2_Z_2 k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') *)
  (H_one_more_2 : forall k : nat, V_ (S k) = (norm2_Z_2 k) + (norm2_xi_ k) + 2 * (Z_dot_xi_ k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') *)
  (H_unbiased_against_Z_ : forall k : nat, (Z_dot_xi_ k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') *)
  (H_variance_ : forall k : nat, (norm2_xi_ k) <= N)
  (* assumed: the draw: E‖χ‖² <= V *)
  (H_the_draw : norm2_chi <= V)
  (* squared norm: a squared norm: ‖c + ∇F‖² *)
  (H_square_4 : 0 <= norm2_c + norm2_gradF + 2 * c_dot_gradF)
  (* squared norm: a squared norm: ‖-b + c + ∇F‖² *)
  (H_square_5 : 0 <= norm2_b + norm2_c + norm2_gradF + 2 * c_dot_gradF - 2 * b_dot_c - 2 *
      b_dot_gradF)
  : F_next <= F + 2 * gamma * L ^ 2 * eta ^ 2 * (INR K - 1) * (2 * INR K * zeta2 + sigma2) / 3 + L *
      gamma ^ 2 * (V / 2 + N / INR K) - gamma * norm2_gradF / 3.
Proof.
  pose proof (pos_INR K).
  assert (exists omega_slack, 0 <= omega_slack /\ omega_slack = INR K - 1)
    as [omega_slack [omega_slack_sign omega_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / (3 * INR K * L * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 3) / ((INR K) * L * eta)) * (1 - (3 * INR K * L * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists j_slack, 0 <= j_slack /\ j_slack = 1 / (2 * L * gamma) - 1)
    as [j_slack [j_slack_sign j_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 2) / (L * gamma)) * (1 - (2 * L * gamma))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = omega_slack + 1).
  { rewrite ?omega_slack_def. identity. }
  assert (chart_eta : eta = 1 / (3 * L * (s_slack + 1) * (omega_slack + 1))).
  { rewrite ?omega_slack_def, ?s_slack_def. identity. }
  assert (chart_gamma : gamma = 1 / (2 * L * (j_slack + 1))).
  { rewrite ?j_slack_def. identity. }
  {
  assert (fact_1 : 0 <= F + L * (norm2_b * gamma ^ 2 + norm2_c * gamma ^ 2 + norm2_chi * gamma ^ 2 +
      norm2_gradF * gamma ^ 2 + 2 * b_dot_c * gamma ^ 2 + 2 * b_dot_chi * gamma ^ 2 + 2 *
      b_dot_gradF * gamma ^ 2 + 2 * c_dot_chi * gamma ^ 2 + 2 * c_dot_gradF * gamma ^ 2 + 2 *
      chi_dot_gradF * gamma ^ 2) / 2 - (F_next + gamma * norm2_gradF + gamma * b_dot_gradF + gamma *
      c_dot_gradF + gamma * chi_dot_gradF)).
  { exact (room _ _ H_smoothness). }
  assert (fact_2 : b_dot_gradF - 0 = 0).
  { exact (same _ _ H_unbiased_against_gradF). }
  assert (part_2 := times_zero (gamma) _ fact_2).
  assert (fact_3 : chi_dot_gradF - 0 = 0).
  { exact (same _ _ H_unbiased_against_gradF_). }
  assert (part_3 := times_zero (- gamma * (L * gamma - 1)) _ fact_3).
  assert (fact_4 : b_dot_chi + c_dot_chi - 0 = 0).
  { exact (same _ _ H_unbiased_against_b_c). }
  assert (part_4 := times_zero (- L * gamma ^ 2) _ fact_4).
  assert (fact_5 : 0 <= norm2_t - norm2_c).
  { apply room.
  refine ((mean_over_clients norm2_t norm2_c b_dot_m _ H_mean H_square)).
  { pose proof H_t2_sign. rewrite ?chart_K, ?chart_eta, ?chart_gamma. written ((norm2_t)). sign. } }
  assert (multiplier_5 : 0 <= gamma / 2).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma. written ((1 / 4) / (L * (j_slack + 1))). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (fact_6 : 0 <= norm2_v * L ^ 2 - norm2_t).
  { exact (room _ _ H_smoothness_). }
  assert (multiplier_6 : 0 <= gamma / 2).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma. written ((1 / 4) / (L * (j_slack + 1))). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  assert (fact_7 : 0 <= 9 * eta ^ 2 * (INR K - 1) * (2 * INR K * (zeta2 + norm2_gradF) + sigma2) / 7
      - norm2_v).
  { apply room.
  refine ((local_deviation L eta K norm2_gradF zeta2 sigma2 norm2_a norm2_t_ norm2_v a_dot_t
      a_dot_gradF t_dot_gradF D S_ norm2_Z norm2_m norm2_y Z_dot_m A V_2 norm2_Z_ norm2_xi Z_dot_xi
      norm2_m_ norm2_y_ m_dot_y _ _ _ _ _ _ _ _ H_S_sign H_no_step H_so_far H_the_noises H_empty_sum
      H_so_far_ H_one_more H_unbiased_against_Z H_variance H_S_sign_ H_no_update H_so_far_2
      H_one_more_ H_S_n_1 H_square_ H_S_n_1_ H_D_n_1 H_square_2 H_square_2_ H_the_path
      H_the_gradients H_smoothness_2 H_mean_gradient H_dissimilarity H_square_3)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize K_sign. cbn [INR]. lra. }
  { generalize norm2_gradF_sign. cbn [INR]. lra. }
  { generalize zeta2_sign. cbn [INR]. lra. }
  { generalize sigma2_sign. cbn [INR]. lra. }
  { generalize in_range_K_1. cbn [INR]. lra. }
  { generalize in_range_3etaLK_1. cbn [INR]. lra. } }
  assert (multiplier_7 : 0 <= gamma * L ^ 2 / 2).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma. written ((1 / 4) * L / (j_slack + 1)). sign. }
  assert (part_7 := Rmult_le_pos _ _ multiplier_7 fact_7).
  assert (fact_8 : norm2_b - (V_ K / (INR K) ^ 2) = 0).
  { exact (same _ _ H_the_mean_noise). }
  assert (part_8 := times_zero (- L * gamma ^ 2) _ fact_8).
  assert (fact_9 : 0 <= INR K * N - (V_ K)).
  { apply room.
  refine ((batch_sum N norm2_Z_2 norm2_xi_ Z_dot_xi_ V_ _ H_empty_sum_ H_so_far_3 H_one_more_2
      H_unbiased_against_Z_ H_variance_ K)).
  { generalize N_sign. cbn [INR]. lra. } }
  assert (multiplier_9 : 0 <= L * gamma ^ 2 / (INR K) ^ 2).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma. written ((1 / 4) / ((omega_slack + 1) ^ 2 * L *
      (j_slack + 1) ^ 2)). sign. }
  assert (part_9 := Rmult_le_pos _ _ multiplier_9 fact_9).
  assert (fact_10 : 0 <= V - norm2_chi).
  { exact (room _ _ H_the_draw). }
  assert (multiplier_10 : 0 <= L * gamma ^ 2 / 2).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma. written ((1 / 8) / (L * (j_slack + 1) ^ 2)). sign. }
  assert (part_10 := Rmult_le_pos _ _ multiplier_10 fact_10).
  assert (fact_11 : 0 <= gamma * L ^ 2 * eta ^ 2 * (INR K - 1) * (2 * INR K * zeta2 + sigma2)).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma. written ((1 / 18) * omega_slack * (2 * zeta2 *
      omega_slack + 2 * zeta2 + sigma2) / ((j_slack + 1) * (omega_slack + 1) ^ 2 * L * (s_slack + 1)
      ^ 2)). sign. }
  assert (multiplier_11 : 0 <= 1 / 42).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma. written ((1 / 42)). sign. }
  assert (part_11 := Rmult_le_pos _ _ multiplier_11 fact_11).
  assert (fact_12 : 0 <= gamma * norm2_gradF * (1 / 6 - 9 * INR K * L ^ 2 * eta ^ 2 * (INR K - 1) /
      7)).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma. written ((1 / 84) * norm2_gradF * (7 * omega_slack *
      s_slack ^ 2 + 7 * s_slack ^ 2 + 14 * s_slack * omega_slack + 14 * s_slack + omega_slack + 7) /
      ((j_slack + 1) * (omega_slack + 1) * L * (s_slack + 1) ^ 2)). sign. }
  assert (fact_13 : 0 <= norm2_c + norm2_gradF + 2 * c_dot_gradF).
  { exact H_square_4. }
  assert (multiplier_13 : 0 <= - gamma * (2 * L * gamma - 1) / 2).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma. written ((1 / 4) * j_slack / (L * (j_slack + 1) ^
      2)). sign. }
  assert (part_13 := Rmult_le_pos _ _ multiplier_13 fact_13).
  assert (fact_14 : 0 <= norm2_b + norm2_c + norm2_gradF + 2 * c_dot_gradF - 2 * b_dot_c - 2 *
      b_dot_gradF).
  { exact H_square_5. }
  assert (multiplier_14 : 0 <= L * gamma ^ 2 / 2).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma. written ((1 / 8) / (L * (j_slack + 1) ^ 2)). sign. }
  assert (part_14 := Rmult_le_pos _ _ multiplier_14 fact_14).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F + L * (norm2_b * gamma ^ 2 + norm2_c *
      gamma ^ 2 + norm2_chi * gamma ^ 2 + norm2_gradF * gamma ^ 2 + 2 * b_dot_c * gamma ^ 2 + 2 *
      b_dot_chi * gamma ^ 2 + 2 * b_dot_gradF * gamma ^ 2 + 2 * c_dot_chi * gamma ^ 2 + 2 *
      c_dot_gradF * gamma ^ 2 + 2 * chi_dot_gradF * gamma ^ 2) / 2 - (F_next + gamma * norm2_gradF +
      gamma * b_dot_gradF + gamma * c_dot_gradF + gamma * chi_dot_gradF)) + gamma * (b_dot_gradF -
      0) + (- gamma * (L * gamma - 1)) * (chi_dot_gradF - 0) + (- L * gamma ^ 2) * (b_dot_chi +
      c_dot_chi - 0) + (gamma / 2) * (norm2_t - norm2_c) + (gamma / 2) * (norm2_v * L ^ 2 - norm2_t)
      + (gamma * L ^ 2 / 2) * (9 * eta ^ 2 * (INR K - 1) * (2 * INR K * (zeta2 + norm2_gradF) +
      sigma2) / 7 - norm2_v) + (- L * gamma ^ 2) * (norm2_b - (V_ K / (INR K) ^ 2)) + (L * gamma ^ 2
      / (INR K) ^ 2) * (INR K * N - (V_ K)) + (L * gamma ^ 2 / 2) * (V - norm2_chi) + (1 / 42) *
      (gamma * L ^ 2 * eta ^ 2 * (INR K - 1) * (2 * INR K * zeta2 + sigma2)) + (gamma * norm2_gradF
      * (1 / 6 - 9 * INR K * L ^ 2 * eta ^ 2 * (INR K - 1) / 7)) + (- gamma * (2 * L * gamma - 1) /
      2) * (norm2_c + norm2_gradF + 2 * c_dot_gradF) + (L * gamma ^ 2 / 2) * (norm2_b + norm2_c +
      norm2_gradF + 2 * c_dot_gradF - 2 * b_dot_c - 2 * b_dot_gradF)) by identity end.
  parts.
  }
Qed.

(* One round of FedAvg, by the variance of its weights *)
Lemma fedavg_weights_round
  (L : R) (* the smoothness L of every client's f_i *)
  (eta : R) (* the local step η *)
  (K : nat) (* the local steps K *)
  (gamma : R) (* the step γ of a round *)
  (F : R) (* F(x) above its lower bound *)
  (norm2_gradF : R) (* ‖∇F(x)‖² *)
  (zeta2 : R) (* ζ², at least Σ d_i‖∇f_i − ∇F‖² on the path *)
  (sigma2 : R) (* σ², at least Σ d_i σ_i², σ_i² the noise of one local gradient *)
  (N : R) (* N, at least Σ d_i² σ_i², with the weights squared *)
  (kappa : R) (* κ with E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u: for independent clients the
      greatest d_i(1/p_i − 1) *)
  (F_next : R) (* F⁺ *)
  (V : R) (* V *)
  (norm2_a : R) (* ‖a‖² *)
  (norm2_t : R) (* ‖t‖² *)
  (norm2_v : R) (* ‖v‖² *)
  (norm2_y : R) (* ‖y‖² *)
  (norm2_z : R) (* ‖z‖² *)
  (a_dot_t : R) (* ⟨a,t⟩ *)
  (a_dot_gradF : R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF : R) (* ⟨t,∇F⟩ *)
  (y_dot_z : R) (* ⟨y,z⟩ *)
  (V_ : nat -> R) (*  *)
  (norm2_b : R) (* ‖b‖² *)
  (norm2_c : R) (* ‖c‖² *)
  (norm2_t_ : R) (* ‖t‖² *)
  (norm2_v_ : R) (* ‖v‖² *)
  (norm2_chi : R) (* ‖χ‖² *)
  (b_dot_c : R) (* ⟨b,c⟩ *)
  (b_dot_chi : R) (* ⟨b,χ⟩ *)
  (b_dot_gradF : R) (* ⟨b,∇F⟩ *)
  (c_dot_chi : R) (* ⟨c,χ⟩ *)
  (c_dot_gradF : R) (* ⟨c,∇F⟩ *)
  (chi_dot_gradF : R) (* ⟨χ,∇F⟩ *)
  (V_2 : nat -> R) (*  *)
  (b_dot_m : R) (* ⟨b,m⟩ *)
  (norm2_a_ : R) (* ‖a‖² *)
  (norm2_t_2 : R) (* ‖t‖² *)
  (a_dot_t_ : R) (* ⟨a,t⟩ *)
  (a_dot_gradF_ : R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_ : R) (* ⟨t,∇F⟩ *)
  (D : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (norm2_Z : nat -> R) (* ‖Z‖² *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> R) (* ‖y‖² *)
  (Z_dot_m : nat -> R) (* ⟨Z,m⟩ *)
  (A : nat -> R) (*  *)
  (V_2_ : nat -> R) (*  *)
  (norm2_Z_ : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi : nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi : nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (norm2_m_ : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_2 : nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> R) (* ⟨m,y⟩ *)
  (norm2_Z_2 : nat -> R) (* ‖Z‖² *)
  (norm2_xi_ : nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi_ : nat -> R) (* ⟨Z,ξ⟩ *)
  (b_dot_m_ : R) (* ⟨b,m⟩ *)
  (norm2_Z_3 : nat -> R) (* ‖Z‖² *)
  (norm2_xi_2 : nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi_2 : nat -> R) (* ⟨Z,ξ⟩ *)
  (norm2_a_2 : R) (* ‖a‖² *)
  (norm2_t_3 : R) (* ‖t‖² *)
  (a_dot_t_2 : R) (* ⟨a,t⟩ *)
  (a_dot_gradF_2 : R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_2 : R) (* ⟨t,∇F⟩ *)
  (D_ : nat -> R) (*  *)
  (S_2 : nat -> R) (*  *)
  (norm2_Z_4 : nat -> R) (* ‖Z‖² *)
  (norm2_m_2 : nat -> R) (* ‖m‖² *)
  (norm2_y_3 : nat -> R) (* ‖y‖² *)
  (Z_dot_m_ : nat -> R) (* ⟨Z,m⟩ *)
  (A_ : nat -> R) (*  *)
  (V_3 : nat -> R) (*  *)
  (norm2_Z_5 : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi_3 : nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi_3 : nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (norm2_m_3 : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_4 : nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y_ : nat -> nat -> R) (* ⟨m,y⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the local step η *)
  (eta_sign : 0 < eta)
  (* range: the local steps K *)
  (K_sign : 0 < INR K)
  (* range: the step γ of a round *)
  (gamma_sign : 0 < gamma)
  (* range: F(x) above its lower bound *)
  (F_sign : 0 <= F)
  (* range: ‖∇F(x)‖² *)
  (norm2_gradF_sign : 0 <= norm2_gradF)
  (* range: ζ², at least Σ d_i‖∇f_i − ∇F‖² on the path *)
  (zeta2_sign : 0 <= zeta2)
  (* range: σ², at least Σ d_i σ_i², σ_i² the noise of one local gradient *)
  (sigma2_sign : 0 <= sigma2)
  (* range: N, at least Σ d_i² σ_i², with the weights squared *)
  (N_sign : 0 <= N)
  (* range: κ with E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u: for independent clients the
      greatest d_i(1/p_i − 1) *)
  (kappa_sign : 0 < kappa)
  (* condition: K >= 1 *)
  (in_range_K_1 : 1 <= INR K)
  (* condition: 3ηLK <= 1 *)
  (in_range_3etaLK_1 : 3 * INR K * L * eta <= 1)
  (* condition: 2γL <= 1 *)
  (in_range_2gammaL_1 : 2 * L * gamma <= 1)
  (* condition: 18γLκ <= 1 *)
  (in_range_18gammaLkappa_1 : 18 * L * gamma * kappa <= 1)
  (* squared norm: V is not negative, being a squared norm, a mean of them or an excess *)
  (H_V_sign : 0 <= V)
  (* assumed: smoothness: descent lemma, F is L-smooth (of theorem fedavg_round, cited for
      'fedavg_round') *)
  (H_smoothness : F_next + gamma * norm2_gradF + gamma * b_dot_gradF + gamma * c_dot_gradF + gamma *
      chi_dot_gradF <= F + L * (norm2_b * gamma ^ 2 + norm2_c * gamma ^ 2 + norm2_chi * gamma ^ 2 +
      norm2_gradF * gamma ^ 2 + 2 * b_dot_c * gamma ^ 2 + 2 * b_dot_chi * gamma ^ 2 + 2 *
      b_dot_gradF * gamma ^ 2 + 2 * c_dot_chi * gamma ^ 2 + 2 * c_dot_gradF * gamma ^ 2 + 2 *
      chi_dot_gradF * gamma ^ 2) / 2)
  (* assumed: unbiased, against ∇F: b has mean zero and ∇F is fixed before the draw (of theorem
      fedavg_round, cited for 'fedavg_round') *)
  (H_unbiased_against_gradF : b_dot_gradF = 0)
  (* assumed: unbiased, against ∇F: χ has mean zero and ∇F is fixed before the draw (of theorem
      fedavg_round, cited for 'fedavg_round') *)
  (H_unbiased_against_gradF_ : chi_dot_gradF = 0)
  (* assumed: unbiased, against b + c: χ has mean zero and b + c is fixed before the draw (of
      theorem fedavg_round, cited for 'fedavg_round') *)
  (H_unbiased_against_b_c : b_dot_chi + c_dot_chi = 0)
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_round, cited for 'fedavg_round') *)
  (H_t2_sign : 0 <= norm2_t_)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of t') (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_mean : b_dot_m = norm2_c)
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of t')
      (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_square : 0 <= norm2_t_ + norm2_c - 2 * b_dot_m)
  (* assumed: smoothness: every f_i is L-smooth (of theorem fedavg_round, cited for 'fedavg_round')
      *)
  (H_smoothness_ : norm2_t_ <= norm2_v_ * L ^ 2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') *)
  (H_S_sign : forall n : nat, 0 <= S_ n)
  (* assumed: no step: an empty sum (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') *)
  (H_no_step : D O = 0)
  (* assumed: so far: m is the mean so far (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') *)
  (H_so_far : forall n : nat, A n = (norm2_m n))
  (* assumed: the noises: Z is the sum of n noises (of theorem local_path, cited for 'local_path')
      (of theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') *)
  (H_the_noises : forall n : nat, V_2_ n = (norm2_Z n))
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_empty_sum : V_2_ O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_so_far_ : forall n : nat, forall k : nat, V_2_ k = ((norm2_Z_ n) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_one_more : forall n : nat, forall k : nat, V_2_ (S k) = ((norm2_Z_ n) k) + ((norm2_xi n) k) + 2
      * ((Z_dot_xi n) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') *)
  (H_unbiased_against_Z : forall n : nat, forall k : nat, ((Z_dot_xi n) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_variance : forall n : nat, forall k : nat, ((norm2_xi n) k) <= sigma2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_S_sign_ : forall i : nat, 0 <= S_ i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_no_update : S_ O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_so_far_2 : forall n : nat, forall i : nat, A i = ((norm2_m_ n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_one_more_ : forall n : nat, forall i : nat, A (S i) = ((norm2_m_ n) i) * (INR i) ^ 2 / (INR i +
      1) ^ 2 + 2 * INR i * ((m_dot_y n) i) / (INR i + 1) ^ 2 + ((norm2_y_2 n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_S_n_1 : forall n : nat, forall i : nat, S_ (S i) = ((norm2_y_2 n) i) + S_ i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_square_ : forall n : nat, forall i : nat, 0 <= ((norm2_m_ n) i) + ((norm2_y_2 n) i) - 2 *
      ((m_dot_y n) i))
  (* assumed: S(n + 1): one more square (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') *)
  (H_S_n_1_ : forall n : nat, S_ (S n) = (norm2_y_ n) + S_ n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem local_path,
      cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation') (of theorem
      fedavg_round, cited for 'fedavg_round') *)
  (H_D_n_1 : forall n : nat, D (S n) = eta ^ 2 * ((norm2_m n) * (INR n) ^ 2 + 2 * INR n * (Z_dot_m
      n) + (norm2_Z n)) + D n)
  (* squared norm: a squared norm: ‖-Z + m*n‖² (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') *)
  (H_square_2 : forall n : nat, 0 <= (norm2_m n) * (INR n) ^ 2 + (norm2_Z n) - 2 * INR n * (Z_dot_m
      n))
  (* squared norm: a squared norm: ‖y‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') *)
  (H_square_2_ : forall n : nat, 0 <= (norm2_y_ n))
  (* assumed: the path: a mean over K steps (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_the_path : D K = INR K * norm2_v_)
  (* assumed: the gradients: ∇f_i(w) = t + a + ∇F(x), a mean over K steps (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') *)
  (H_the_gradients : S_ K = INR K * (norm2_a_ + norm2_t_2 + norm2_gradF + 2 * a_dot_t_ + 2 *
      a_dot_gradF_ + 2 * t_dot_gradF_))
  (* assumed: smoothness: every f_i is L-smooth (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_smoothness_2 : norm2_t_2 <= norm2_v_ * L ^ 2)
  (* assumed: mean gradient: Σ d_i ∇f_i(x) = ∇F(x), and it is the same for all (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') *)
  (H_mean_gradient : a_dot_gradF_ = 0)
  (* assumed: dissimilarity: Σ d_i‖∇f_i − ∇F‖² <= ζ² (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_dissimilarity : norm2_a_ <= zeta2)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_square_3 : 0 <= norm2_a_ + norm2_t_2 + norm2_gradF + 2 * a_dot_gradF_ - 2 * a_dot_t_ - 2 *
      t_dot_gradF_)
  (* assumed: the mean noise: b is the mean of K noises Σ d_i ν (of theorem fedavg_round, cited for
      'fedavg_round') *)
  (H_the_mean_noise : norm2_b = V_2 K / (INR K) ^ 2)
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_round, cited for 'fedavg_round') *)
  (H_empty_sum_ : V_2 O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_round, cited for 'fedavg_round') *)
  (H_so_far_3 : forall k : nat, V_2 k = (norm2_Z_2 k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_round, cited for 'fedavg_round') *)
  (H_one_more_2 : forall k : nat, V_2 (S k) = (norm2_Z_2 k) + (norm2_xi_ k) + 2 * (Z_dot_xi_ k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_unbiased_against_Z_ : forall k : nat, (Z_dot_xi_ k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_variance_ : forall k : nat, (norm2_xi_ k) <= N)
  (* assumed: the draw: E‖χ‖² <= V (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_the_draw : norm2_chi <= V)
  (* squared norm: a squared norm: ‖c + ∇F‖² (of theorem fedavg_round, cited for 'fedavg_round') *)
  (H_square_4 : 0 <= norm2_c + norm2_gradF + 2 * c_dot_gradF)
  (* squared norm: a squared norm: ‖-b + c + ∇F‖² (of theorem fedavg_round, cited for
      'fedavg_round') *)
  (H_square_5 : 0 <= norm2_b + norm2_c + norm2_gradF + 2 * c_dot_gradF - 2 * b_dot_c - 2 *
      b_dot_gradF)
  (* assumed: weights: E‖Σ (P_i − d_i)G_i‖² <= κ Σ d_i‖G_i‖², G_i = y + z *)
  (H_weights : V <= kappa * (norm2_y + norm2_z + 2 * y_dot_z))
  (* squared norm: ‖a‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_a2_sign : 0 <= norm2_a)
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_t2_sign_ : 0 <= norm2_t)
  (* squared norm: ⟨a,t⟩ is not negative, being a squared norm, a mean of them or an excess *)
  (H_a_t_sign : 0 <= a_dot_t)
  (* squared norm: ⟨a,∇F⟩ is not negative, being a squared norm, a mean of them or an excess *)
  (H_a_gradF_sign : 0 <= a_dot_gradF)
  (* squared norm: ⟨t,∇F⟩ is not negative, being a squared norm, a mean of them or an excess *)
  (H_t_gradF_sign : 0 <= t_dot_gradF)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of K gradients') *)
  (H_mean_ : b_dot_m_ = norm2_y)
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of K
      gradients') *)
  (H_square_6 : 0 <= (norm2_a + norm2_t + norm2_gradF + 2 * a_dot_t + 2 * a_dot_gradF + 2 *
      t_dot_gradF) + norm2_y - 2 * b_dot_m_)
  (* assumed: a client's noise: z is the mean of K noises *)
  (H_a_client_s_noise : norm2_z = V_ K / (INR K) ^ 2)
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') *)
  (H_empty_sum_2 : V_ O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') *)
  (H_so_far_4 : forall k : nat, V_ k = (norm2_Z_3 k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') *)
  (H_one_more_3 : forall k : nat, V_ (S k) = (norm2_Z_3 k) + (norm2_xi_2 k) + 2 * (Z_dot_xi_2 k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') *)
  (H_unbiased_against_Z_2 : forall k : nat, (Z_dot_xi_2 k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') *)
  (H_variance_2 : forall k : nat, (norm2_xi_2 k) <= sigma2)
  (* assumed: smoothness: every f_i is L-smooth *)
  (H_smoothness_3 : norm2_t <= norm2_v * L ^ 2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') *)
  (H_S_sign_2 : forall n : nat, 0 <= S_2 n)
  (* assumed: no step: an empty sum (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') *)
  (H_no_step_ : D_ O = 0)
  (* assumed: so far: m is the mean so far (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') *)
  (H_so_far_5 : forall n : nat, A_ n = (norm2_m_2 n))
  (* assumed: the noises: Z is the sum of n noises (of theorem local_path, cited for 'local_path')
      (of theorem local_deviation, cited for 'local_deviation') *)
  (H_the_noises_ : forall n : nat, V_3 n = (norm2_Z_4 n))
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_empty_sum_3 : V_3 O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_so_far_6 : forall n : nat, forall k : nat, V_3 k = ((norm2_Z_5 n) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_one_more_4 : forall n : nat, forall k : nat, V_3 (S k) = ((norm2_Z_5 n) k) + ((norm2_xi_3 n) k)
      + 2 * ((Z_dot_xi_3 n) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') *)
  (H_unbiased_against_Z_3 : forall n : nat, forall k : nat, ((Z_dot_xi_3 n) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') *)
  (H_variance_3 : forall n : nat, forall k : nat, ((norm2_xi_3 n) k) <= sigma2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      *)
  (H_S_sign_3 : forall i : nat, 0 <= S_2 i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      *)
  (H_no_update_ : S_2 O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_so_far_2_ : forall n : nat, forall i : nat, A_ i = ((norm2_m_3 n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') *)
  (H_one_more_5 : forall n : nat, forall i : nat, A_ (S i) = ((norm2_m_3 n) i) * (INR i) ^ 2 / (INR
      i + 1) ^ 2 + 2 * INR i * ((m_dot_y_ n) i) / (INR i + 1) ^ 2 + ((norm2_y_4 n) i) / (INR i + 1)
      ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_S_n_1_2 : forall n : nat, forall i : nat, S_2 (S i) = ((norm2_y_4 n) i) + S_2 i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_square_7 : forall n : nat, forall i : nat, 0 <= ((norm2_m_3 n) i) + ((norm2_y_4 n) i) - 2 *
      ((m_dot_y_ n) i))
  (* assumed: S(n + 1): one more square (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') *)
  (H_S_n_1_3 : forall n : nat, S_2 (S n) = (norm2_y_3 n) + S_2 n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem local_path,
      cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation') *)
  (H_D_n_1_ : forall n : nat, D_ (S n) = eta ^ 2 * ((norm2_m_2 n) * (INR n) ^ 2 + 2 * INR n *
      (Z_dot_m_ n) + (norm2_Z_4 n)) + D_ n)
  (* squared norm: a squared norm: ‖-Z + m*n‖² (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') *)
  (H_square_8 : forall n : nat, 0 <= (norm2_m_2 n) * (INR n) ^ 2 + (norm2_Z_4 n) - 2 * INR n *
      (Z_dot_m_ n))
  (* squared norm: a squared norm: ‖y‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') *)
  (H_square_2_2 : forall n : nat, 0 <= (norm2_y_3 n))
  (* assumed: the path: a mean over K steps (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_the_path_ : D_ K = INR K * norm2_v)
  (* assumed: the gradients: ∇f_i(w) = t + a + ∇F(x), a mean over K steps (of theorem
      local_deviation, cited for 'local_deviation') *)
  (H_the_gradients_ : S_2 K = INR K * (norm2_a_2 + norm2_t_3 + norm2_gradF + 2 * a_dot_t_2 + 2 *
      a_dot_gradF_2 + 2 * t_dot_gradF_2))
  (* assumed: smoothness: every f_i is L-smooth (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_smoothness_4 : norm2_t_3 <= norm2_v * L ^ 2)
  (* assumed: mean gradient: Σ d_i ∇f_i(x) = ∇F(x), and it is the same for all (of theorem
      local_deviation, cited for 'local_deviation') *)
  (H_mean_gradient_ : a_dot_gradF_2 = 0)
  (* assumed: dissimilarity: Σ d_i‖∇f_i − ∇F‖² <= ζ² (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_dissimilarity_ : norm2_a_2 <= zeta2)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem local_deviation, cited for
      'local_deviation') *)
  (H_square_3_ : 0 <= norm2_a_2 + norm2_t_3 + norm2_gradF + 2 * a_dot_gradF_2 - 2 * a_dot_t_2 - 2 *
      t_dot_gradF_2)
  (* assumed: mean gradient: Σ d_i ∇f_i(x) = ∇F(x), and it is the same for all *)
  (H_mean_gradient_2 : a_dot_gradF = 0)
  (* assumed: dissimilarity: Σ d_i‖∇f_i − ∇F‖² <= ζ² *)
  (H_dissimilarity_2 : norm2_a <= zeta2)
  (* squared norm: a squared norm: ‖y - z‖² *)
  (H_square_9 : 0 <= norm2_y + norm2_z - 2 * y_dot_z)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² *)
  (H_square_10 : 0 <= norm2_a + norm2_t + norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_t - 2 *
      t_dot_gradF)
  : F_next <= F + 2 * gamma * L ^ 2 * eta ^ 2 * (INR K - 1) * (2 * INR K * zeta2 + sigma2) / 3 + L *
      gamma ^ 2 * (3 * kappa * (zeta2 + sigma2 / (2 * INR K)) + N / INR K) - gamma * norm2_gradF /
      6.
Proof.
  pose proof (pos_INR K).
  assert (exists omega_slack, 0 <= omega_slack /\ omega_slack = INR K - 1)
    as [omega_slack [omega_slack_sign omega_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / (3 * INR K * L * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 3) / ((INR K) * L * eta)) * (1 - (3 * INR K * L * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists j_slack, 0 <= j_slack /\ j_slack = 1 / (2 * L * gamma) - 1)
    as [j_slack [j_slack_sign j_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 2) / (L * gamma)) * (1 - (2 * L * gamma))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists o_slack, 0 <= o_slack /\ o_slack = 1 / (18 * L * gamma * kappa) - 1)
    as [o_slack [o_slack_sign o_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 18) / (L * gamma * kappa)) * (1 - (18 * L * gamma * kappa))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = omega_slack + 1).
  { rewrite ?omega_slack_def. identity. }
  assert (chart_eta : eta = 1 / (3 * L * (s_slack + 1) * (omega_slack + 1))).
  { rewrite ?omega_slack_def, ?s_slack_def. identity. }
  assert (chart_gamma : gamma = 1 / (2 * L * (j_slack + 1))).
  { rewrite ?j_slack_def. identity. }
  assert (chart_kappa : kappa = (j_slack + 1) / (9 * o_slack + 9)).
  { rewrite ?j_slack_def, ?o_slack_def. identity. }
  {
  assert (fact_1 : 0 <= F + 2 * gamma * L ^ 2 * eta ^ 2 * (INR K - 1) * (2 * INR K * zeta2 + sigma2)
      / 3 + L * gamma ^ 2 * (V / 2 + N / INR K) - gamma * norm2_gradF / 3 - F_next).
  { apply room.
  refine ((fedavg_round L eta K gamma F norm2_gradF zeta2 sigma2 N V F_next norm2_b norm2_c norm2_t_
      norm2_v_ norm2_chi b_dot_c b_dot_chi b_dot_gradF c_dot_chi c_dot_gradF chi_dot_gradF V_2
      b_dot_m norm2_a_ norm2_t_2 a_dot_t_ a_dot_gradF_ t_dot_gradF_ D S_ norm2_Z norm2_m norm2_y_
      Z_dot_m A V_2_ norm2_Z_ norm2_xi Z_dot_xi norm2_m_ norm2_y_2 m_dot_y norm2_Z_2 norm2_xi_
      Z_dot_xi_ _ _ _ _ _ _ _ _ _ _ _ _ _ H_smoothness H_unbiased_against_gradF
      H_unbiased_against_gradF_ H_unbiased_against_b_c H_t2_sign H_mean H_square H_smoothness_
      H_S_sign H_no_step H_so_far H_the_noises H_empty_sum H_so_far_ H_one_more H_unbiased_against_Z
      H_variance H_S_sign_ H_no_update H_so_far_2 H_one_more_ H_S_n_1 H_square_ H_S_n_1_ H_D_n_1
      H_square_2 H_square_2_ H_the_path H_the_gradients H_smoothness_2 H_mean_gradient
      H_dissimilarity H_square_3 H_the_mean_noise H_empty_sum_ H_so_far_3 H_one_more_2
      H_unbiased_against_Z_ H_variance_ H_the_draw H_square_4 H_square_5)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize K_sign. cbn [INR]. lra. }
  { generalize gamma_sign. cbn [INR]. lra. }
  { generalize F_sign. cbn [INR]. lra. }
  { generalize norm2_gradF_sign. cbn [INR]. lra. }
  { generalize zeta2_sign. cbn [INR]. lra. }
  { generalize sigma2_sign. cbn [INR]. lra. }
  { generalize N_sign. cbn [INR]. lra. }
  { pose proof H_V_sign. rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_kappa. written ((V)).
      sign. }
  { generalize in_range_K_1. cbn [INR]. lra. }
  { generalize in_range_3etaLK_1. cbn [INR]. lra. }
  { generalize in_range_2gammaL_1. cbn [INR]. lra. } }
  assert (fact_2 : 0 <= kappa * (norm2_y + norm2_z + 2 * y_dot_z) - V).
  { exact (room _ _ H_weights). }
  assert (multiplier_2 : 0 <= L * gamma ^ 2 / 2).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_kappa. written ((1 / 8) / (L * (j_slack + 1)
      ^ 2)). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= (norm2_a + norm2_t + norm2_gradF + 2 * a_dot_t + 2 * a_dot_gradF + 2 *
      t_dot_gradF) - norm2_y).
  { apply room.
  refine ((mean_over_clients (norm2_a + norm2_t + norm2_gradF + 2 * a_dot_t + 2 * a_dot_gradF + 2 *
      t_dot_gradF) norm2_y b_dot_m_ _ H_mean_ H_square_6)).
  { pose proof H_a2_sign. pose proof H_t2_sign_. pose proof H_a_t_sign. pose proof H_a_gradF_sign.
      pose proof H_t_gradF_sign. rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_kappa. written
      (((norm2_a) + (norm2_t) + 2 * (a_dot_t) + 2 * (a_dot_gradF) + 2 * (t_dot_gradF) +
      norm2_gradF)). sign. } }
  assert (multiplier_3 : 0 <= L * kappa * gamma ^ 2).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_kappa. written ((1 / 36) / ((o_slack + 1) * L
      * (j_slack + 1))). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : norm2_z - (V_ K / (INR K) ^ 2) = 0).
  { exact (same _ _ H_a_client_s_noise). }
  assert (part_4 := times_zero (- L * kappa * gamma ^ 2) _ fact_4).
  assert (fact_5 : 0 <= INR K * sigma2 - (V_ K)).
  { apply room.
  refine ((batch_sum sigma2 norm2_Z_3 norm2_xi_2 Z_dot_xi_2 V_ _ H_empty_sum_2 H_so_far_4
      H_one_more_3 H_unbiased_against_Z_2 H_variance_2 K)).
  { generalize sigma2_sign. cbn [INR]. lra. } }
  assert (multiplier_5 : 0 <= L * kappa * gamma ^ 2 / (INR K) ^ 2).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_kappa. written ((1 / 36) / ((o_slack + 1) *
      (omega_slack + 1) ^ 2 * L * (j_slack + 1))). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (fact_6 : 0 <= norm2_v * L ^ 2 - norm2_t).
  { exact (room _ _ H_smoothness_3). }
  assert (multiplier_6 : 0 <= 2 * L * kappa * gamma ^ 2).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_kappa. written ((1 / 18) / ((o_slack + 1) * L
      * (j_slack + 1))). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  assert (fact_7 : 0 <= 9 * eta ^ 2 * (INR K - 1) * (2 * INR K * (zeta2 + norm2_gradF) + sigma2) / 7
      - norm2_v).
  { apply room.
  refine ((local_deviation L eta K norm2_gradF zeta2 sigma2 norm2_a_2 norm2_t_3 norm2_v a_dot_t_2
      a_dot_gradF_2 t_dot_gradF_2 D_ S_2 norm2_Z_4 norm2_m_2 norm2_y_3 Z_dot_m_ A_ V_3 norm2_Z_5
      norm2_xi_3 Z_dot_xi_3 norm2_m_3 norm2_y_4 m_dot_y_ _ _ _ _ _ _ _ _ H_S_sign_2 H_no_step_
      H_so_far_5 H_the_noises_ H_empty_sum_3 H_so_far_6 H_one_more_4 H_unbiased_against_Z_3
      H_variance_3 H_S_sign_3 H_no_update_ H_so_far_2_ H_one_more_5 H_S_n_1_2 H_square_7 H_S_n_1_3
      H_D_n_1_ H_square_8 H_square_2_2 H_the_path_ H_the_gradients_ H_smoothness_4 H_mean_gradient_
      H_dissimilarity_ H_square_3_)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize K_sign. cbn [INR]. lra. }
  { generalize norm2_gradF_sign. cbn [INR]. lra. }
  { generalize zeta2_sign. cbn [INR]. lra. }
  { generalize sigma2_sign. cbn [INR]. lra. }
  { generalize in_range_K_1. cbn [INR]. lra. }
  { generalize in_range_3etaLK_1. cbn [INR]. lra. } }
  assert (multiplier_7 : 0 <= 2 * kappa * L ^ 3 * gamma ^ 2).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_kappa. written ((1 / 18) * L / ((o_slack + 1)
      * (j_slack + 1))). sign. }
  assert (part_7 := Rmult_le_pos _ _ multiplier_7 fact_7).
  assert (fact_8 : a_dot_gradF - 0 = 0).
  { exact (same _ _ H_mean_gradient_2). }
  assert (part_8 := times_zero (- 4 * L * kappa * gamma ^ 2) _ fact_8).
  assert (fact_9 : 0 <= zeta2 - norm2_a).
  { exact (room _ _ H_dissimilarity_2). }
  assert (multiplier_9 : 0 <= 2 * L * kappa * gamma ^ 2).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_kappa. written ((1 / 18) / ((o_slack + 1) * L
      * (j_slack + 1))). sign. }
  assert (part_9 := Rmult_le_pos _ _ multiplier_9 fact_9).
  assert (fact_10 : 0 <= gamma * norm2_gradF * (1 / 6 - L * gamma * kappa * (36 * INR K * L ^ 2 *
      eta ^ 2 * (INR K - 1) / 7 + 2))).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_kappa. written ((1 / 252) * norm2_gradF * (21
      * o_slack * omega_slack * s_slack ^ 2 + 21 * o_slack * s_slack ^ 2 + 42 * o_slack * s_slack *
      omega_slack + 42 * o_slack * s_slack + 21 * o_slack * omega_slack + 21 * o_slack + 7 *
      omega_slack * s_slack ^ 2 + 7 * s_slack ^ 2 + 14 * s_slack * omega_slack + 14 * s_slack + 3 *
      omega_slack + 7) / ((j_slack + 1) * (o_slack + 1) * (omega_slack + 1) * L * (s_slack + 1) ^
      2)). sign. }
  assert (fact_11 : 0 <= L * kappa * gamma ^ 2 * (zeta2 * (1 - 36 * INR K * L ^ 2 * eta ^ 2 * (INR K
      - 1) / 7) + sigma2 * (1 / (2 * INR K) - 18 * L ^ 2 * eta ^ 2 * (INR K - 1) / 7))).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_kappa. written ((1 / 504) * (2 * zeta2 *
      omega_slack + 2 * zeta2 + sigma2) * (7 * omega_slack * s_slack ^ 2 + 7 * s_slack ^ 2 + 14 *
      s_slack * omega_slack + 14 * s_slack + 3 * omega_slack + 7) / ((j_slack + 1) * (o_slack + 1) *
      (omega_slack + 1) ^ 2 * L * (s_slack + 1) ^ 2)). sign. }
  assert (fact_12 : 0 <= norm2_y + norm2_z - 2 * y_dot_z).
  { exact H_square_9. }
  assert (multiplier_12 : 0 <= L * kappa * gamma ^ 2 / 2).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_kappa. written ((1 / 72) / ((o_slack + 1) * L
      * (j_slack + 1))). sign. }
  assert (part_12 := Rmult_le_pos _ _ multiplier_12 fact_12).
  assert (fact_13 : 0 <= norm2_a + norm2_t + norm2_gradF + 2 * a_dot_gradF - 2 * a_dot_t - 2 *
      t_dot_gradF).
  { exact H_square_10. }
  assert (multiplier_13 : 0 <= L * kappa * gamma ^ 2).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_kappa. written ((1 / 36) / ((o_slack + 1) * L
      * (j_slack + 1))). sign. }
  assert (part_13 := Rmult_le_pos _ _ multiplier_13 fact_13).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F + 2 * gamma * L ^ 2 * eta ^ 2 * (INR K - 1)
      * (2 * INR K * zeta2 + sigma2) / 3 + L * gamma ^ 2 * (V / 2 + N / INR K) - gamma * norm2_gradF
      / 3 - F_next) + (L * gamma ^ 2 / 2) * (kappa * (norm2_y + norm2_z + 2 * y_dot_z) - V) + (L *
      kappa * gamma ^ 2) * ((norm2_a + norm2_t + norm2_gradF + 2 * a_dot_t + 2 * a_dot_gradF + 2 *
      t_dot_gradF) - norm2_y) + (- L * kappa * gamma ^ 2) * (norm2_z - (V_ K / (INR K) ^ 2)) + (L *
      kappa * gamma ^ 2 / (INR K) ^ 2) * (INR K * sigma2 - (V_ K)) + (2 * L * kappa * gamma ^ 2) *
      (norm2_v * L ^ 2 - norm2_t) + (2 * kappa * L ^ 3 * gamma ^ 2) * (9 * eta ^ 2 * (INR K - 1) *
      (2 * INR K * (zeta2 + norm2_gradF) + sigma2) / 7 - norm2_v) + (- 4 * L * kappa * gamma ^ 2) *
      (a_dot_gradF - 0) + (2 * L * kappa * gamma ^ 2) * (zeta2 - norm2_a) + (gamma * norm2_gradF *
      (1 / 6 - L * gamma * kappa * (36 * INR K * L ^ 2 * eta ^ 2 * (INR K - 1) / 7 + 2))) + (L *
      kappa * gamma ^ 2 * (zeta2 * (1 - 36 * INR K * L ^ 2 * eta ^ 2 * (INR K - 1) / 7) + sigma2 *
      (1 / (2 * INR K) - 18 * L ^ 2 * eta ^ 2 * (INR K - 1) / 7))) + (L * kappa * gamma ^ 2 / 2) *
      (norm2_y + norm2_z - 2 * y_dot_z) + (L * kappa * gamma ^ 2) * (norm2_a + norm2_t + norm2_gradF
      + 2 * a_dot_gradF - 2 * a_dot_t - 2 * t_dot_gradF)) by identity end.
  parts.
  }
Qed.

(* FedAvg reaches a small gradient, by the variance of its weights: the sum over rounds *)
Lemma fedavg_weights_sum
  (L : R) (* the smoothness L of every client's f_i *)
  (eta : R) (* the local step η *)
  (K : nat) (* the local steps K *)
  (gamma : R) (* the step γ of a round *)
  (zeta2 : R) (* ζ², at least Σ d_i‖∇f_i − ∇F‖² on the path *)
  (sigma2 : R) (* σ², at least Σ d_i σ_i², σ_i² the noise of one local gradient *)
  (N : R) (* N, at least Σ d_i² σ_i², with the weights squared *)
  (kappa : R) (* κ with E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u: for independent clients the
      greatest d_i(1/p_i − 1) *)
  (F0 : R) (* F(x_0) − F_inf *)
  (E : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (g : nat -> R) (*  *)
  (V : nat -> R) (* V *)
  (norm2_a : nat -> R) (* ‖a‖² *)
  (norm2_t : nat -> R) (* ‖t‖² *)
  (norm2_v : nat -> R) (* ‖v‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (norm2_z : nat -> R) (* ‖z‖² *)
  (a_dot_t : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF : nat -> R) (* ⟨t,∇F⟩ *)
  (y_dot_z : nat -> R) (* ⟨y,z⟩ *)
  (V_ : nat -> nat -> R) (*  *)
  (norm2_b : nat -> R) (* ‖b‖² *)
  (norm2_c : nat -> R) (* ‖c‖² *)
  (norm2_t_ : nat -> R) (* ‖t‖² *)
  (norm2_v_ : nat -> R) (* ‖v‖² *)
  (norm2_chi : nat -> R) (* ‖χ‖² *)
  (b_dot_c : nat -> R) (* ⟨b,c⟩ *)
  (b_dot_chi : nat -> R) (* ⟨b,χ⟩ *)
  (b_dot_gradF : nat -> R) (* ⟨b,∇F⟩ *)
  (c_dot_chi : nat -> R) (* ⟨c,χ⟩ *)
  (c_dot_gradF : nat -> R) (* ⟨c,∇F⟩ *)
  (chi_dot_gradF : nat -> R) (* ⟨χ,∇F⟩ *)
  (V_2 : nat -> nat -> R) (*  *)
  (b_dot_m : nat -> R) (* ⟨b,m⟩ *)
  (norm2_a_ : nat -> R) (* ‖a‖² *)
  (norm2_t_2 : nat -> R) (* ‖t‖² *)
  (a_dot_t_ : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF_ : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_ : nat -> R) (* ⟨t,∇F⟩ *)
  (D : nat -> nat -> R) (*  *)
  (S_2 : nat -> nat -> R) (*  *)
  (norm2_Z : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_m : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> R) (* ‖y‖² *)
  (Z_dot_m : nat -> nat -> R) (* ⟨Z,m⟩ *)
  (A : nat -> nat -> R) (*  *)
  (V_2_ : nat -> nat -> R) (*  *)
  (norm2_Z_ : nat -> nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi : nat -> nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi : nat -> nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (norm2_m_ : nat -> nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_2 : nat -> nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> nat -> R) (* ⟨m,y⟩ *)
  (norm2_Z_2 : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi_ : nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi_ : nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (b_dot_m_ : nat -> R) (* ⟨b,m⟩ *)
  (norm2_Z_3 : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi_2 : nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi_2 : nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (norm2_a_2 : nat -> R) (* ‖a‖² *)
  (norm2_t_3 : nat -> R) (* ‖t‖² *)
  (a_dot_t_2 : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF_2 : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_2 : nat -> R) (* ⟨t,∇F⟩ *)
  (D_ : nat -> nat -> R) (*  *)
  (S_2_ : nat -> nat -> R) (*  *)
  (norm2_Z_4 : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_m_2 : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_3 : nat -> nat -> R) (* ‖y‖² *)
  (Z_dot_m_ : nat -> nat -> R) (* ⟨Z,m⟩ *)
  (A_ : nat -> nat -> R) (*  *)
  (V_3 : nat -> nat -> R) (*  *)
  (norm2_Z_5 : nat -> nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi_3 : nat -> nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi_3 : nat -> nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (norm2_m_3 : nat -> nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_4 : nat -> nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y_ : nat -> nat -> nat -> R) (* ⟨m,y⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the local step η *)
  (eta_sign : 0 < eta)
  (* range: the local steps K *)
  (K_sign : 0 < INR K)
  (* range: the step γ of a round *)
  (gamma_sign : 0 < gamma)
  (* range: ζ², at least Σ d_i‖∇f_i − ∇F‖² on the path *)
  (zeta2_sign : 0 <= zeta2)
  (* range: σ², at least Σ d_i σ_i², σ_i² the noise of one local gradient *)
  (sigma2_sign : 0 <= sigma2)
  (* range: N, at least Σ d_i² σ_i², with the weights squared *)
  (N_sign : 0 <= N)
  (* range: κ with E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u: for independent clients the
      greatest d_i(1/p_i − 1) *)
  (kappa_sign : 0 < kappa)
  (* range: F(x_0) − F_inf *)
  (F0_sign : 0 <= F0)
  (* condition: K >= 1 *)
  (in_range_K_1 : 1 <= INR K)
  (* condition: 3ηLK <= 1 *)
  (in_range_3etaLK_1 : 3 * INR K * L * eta <= 1)
  (* condition: 2γL <= 1 *)
  (in_range_2gammaL_1 : 2 * L * gamma <= 1)
  (* condition: 18γLκ <= 1 *)
  (in_range_18gammaLkappa_1 : 18 * L * gamma * kappa <= 1)
  (* assumed: start: F(x_0) − F_inf is at most F₀ *)
  (H_start : E O <= F0)
  (* assumed: no gradient yet: S(0) is an empty sum *)
  (H_no_gradient_yet : S_ O = 0)
  (* squared norm: E(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_E_T_sign : forall T : nat, 0 <= E T)
  (* squared norm: g(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_g_T_sign : forall T : nat, 0 <= g T)
  (* squared norm: V is not negative, being a squared norm, a mean of them or an excess (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_V_sign : forall T : nat, 0 <= (V T))
  (* assumed: smoothness: descent lemma, F is L-smooth (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_smoothness : forall T : nat, (E (S T)) + gamma * (g T) + gamma * (b_dot_gradF T) + gamma *
      (c_dot_gradF T) + gamma * (chi_dot_gradF T) <= (E T) + L * ((norm2_b T) * gamma ^ 2 + (norm2_c
      T) * gamma ^ 2 + (norm2_chi T) * gamma ^ 2 + (g T) * gamma ^ 2 + 2 * (b_dot_c T) * gamma ^ 2 +
      2 * (b_dot_chi T) * gamma ^ 2 + 2 * (b_dot_gradF T) * gamma ^ 2 + 2 * (c_dot_chi T) * gamma ^
      2 + 2 * (c_dot_gradF T) * gamma ^ 2 + 2 * (chi_dot_gradF T) * gamma ^ 2) / 2)
  (* assumed: unbiased, against ∇F: b has mean zero and ∇F is fixed before the draw (of theorem
      fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_unbiased_against_gradF : forall T : nat, (b_dot_gradF T) = 0)
  (* assumed: unbiased, against ∇F: χ has mean zero and ∇F is fixed before the draw (of theorem
      fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_unbiased_against_gradF_ : forall T : nat, (chi_dot_gradF T) = 0)
  (* assumed: unbiased, against b + c: χ has mean zero and b + c is fixed before the draw (of
      theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_unbiased_against_b_c : forall T : nat, (b_dot_chi T) + (c_dot_chi T) = 0)
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_t2_sign : forall T : nat, 0 <= (norm2_t_ T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of t') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_mean : forall T : nat, (b_dot_m T) = (norm2_c T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of t')
      (of theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') *)
  (H_square : forall T : nat, 0 <= (norm2_t_ T) + (norm2_c T) - 2 * (b_dot_m T))
  (* assumed: smoothness: every f_i is L-smooth (of theorem fedavg_round, cited for 'fedavg_round')
      (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_smoothness_ : forall T : nat, (norm2_t_ T) <= (norm2_v_ T) * L ^ 2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_S_sign : forall T : nat, forall n : nat, 0 <= (S_2 T) n)
  (* assumed: no step: an empty sum (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_no_step : forall T : nat, (D T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_so_far : forall T : nat, forall n : nat, (A T) n = ((norm2_m T) n))
  (* assumed: the noises: Z is the sum of n noises (of theorem local_path, cited for 'local_path')
      (of theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_the_noises : forall T : nat, forall n : nat, (V_2_ T) n = ((norm2_Z T) n))
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_empty_sum : forall T : nat, (V_2_ T) O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_so_far_ : forall T : nat, forall n : nat, forall k : nat, (V_2_ T) k = (((norm2_Z_ T) n) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_one_more : forall T : nat, forall n : nat, forall k : nat, (V_2_ T) (S k) = (((norm2_Z_ T) n)
      k) + (((norm2_xi T) n) k) + 2 * (((Z_dot_xi T) n) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_unbiased_against_Z : forall T : nat, forall n : nat, forall k : nat, (((Z_dot_xi T) n) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_variance : forall T : nat, forall n : nat, forall k : nat, (((norm2_xi T) n) k) <= sigma2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      (of theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') *)
  (H_S_sign_ : forall T : nat, forall i : nat, 0 <= (S_2 T) i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      (of theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') *)
  (H_no_update : forall T : nat, (S_2 T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_so_far_2 : forall T : nat, forall n : nat, forall i : nat, (A T) i = (((norm2_m_ T) n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_one_more_ : forall T : nat, forall n : nat, forall i : nat, (A T) (S i) = (((norm2_m_ T) n) i)
      * (INR i) ^ 2 / (INR i + 1) ^ 2 + 2 * INR i * (((m_dot_y T) n) i) / (INR i + 1) ^ 2 +
      (((norm2_y_2 T) n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_S_n_1 : forall T : nat, forall n : nat, forall i : nat, (S_2 T) (S i) = (((norm2_y_2 T) n) i) +
      (S_2 T) i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_square_ : forall T : nat, forall n : nat, forall i : nat, 0 <= (((norm2_m_ T) n) i) +
      (((norm2_y_2 T) n) i) - 2 * (((m_dot_y T) n) i))
  (* assumed: S(n + 1): one more square (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_S_n_1_ : forall T : nat, forall n : nat, (S_2 T) (S n) = ((norm2_y_ T) n) + (S_2 T) n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem local_path,
      cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation') (of theorem
      fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_D_n_1 : forall T : nat, forall n : nat, (D T) (S n) = eta ^ 2 * (((norm2_m T) n) * (INR n) ^ 2
      + 2 * INR n * ((Z_dot_m T) n) + ((norm2_Z T) n)) + (D T) n)
  (* squared norm: a squared norm: ‖-Z + m*n‖² (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_square_2 : forall T : nat, forall n : nat, 0 <= ((norm2_m T) n) * (INR n) ^ 2 + ((norm2_Z T) n)
      - 2 * INR n * ((Z_dot_m T) n))
  (* squared norm: a squared norm: ‖y‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_square_2_ : forall T : nat, forall n : nat, 0 <= ((norm2_y_ T) n))
  (* assumed: the path: a mean over K steps (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_the_path : forall T : nat, (D T) K = INR K * (norm2_v_ T))
  (* assumed: the gradients: ∇f_i(w) = t + a + ∇F(x), a mean over K steps (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_the_gradients : forall T : nat, (S_2 T) K = INR K * ((norm2_a_ T) + (norm2_t_2 T) + (g T) + 2 *
      (a_dot_t_ T) + 2 * (a_dot_gradF_ T) + 2 * (t_dot_gradF_ T)))
  (* assumed: smoothness: every f_i is L-smooth (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_smoothness_2 : forall T : nat, (norm2_t_2 T) <= (norm2_v_ T) * L ^ 2)
  (* assumed: mean gradient: Σ d_i ∇f_i(x) = ∇F(x), and it is the same for all (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_mean_gradient : forall T : nat, (a_dot_gradF_ T) = 0)
  (* assumed: dissimilarity: Σ d_i‖∇f_i − ∇F‖² <= ζ² (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_dissimilarity : forall T : nat, (norm2_a_ T) <= zeta2)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_square_3 : forall T : nat, 0 <= (norm2_a_ T) + (norm2_t_2 T) + (g T) + 2 * (a_dot_gradF_ T) - 2
      * (a_dot_t_ T) - 2 * (t_dot_gradF_ T))
  (* assumed: the mean noise: b is the mean of K noises Σ d_i ν (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_the_mean_noise : forall T : nat, (norm2_b T) = (V_2 T) K / (INR K) ^ 2)
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_empty_sum_ : forall T : nat, (V_2 T) O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_so_far_3 : forall T : nat, forall k : nat, (V_2 T) k = ((norm2_Z_2 T) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_one_more_2 : forall T : nat, forall k : nat, (V_2 T) (S k) = ((norm2_Z_2 T) k) + ((norm2_xi_ T)
      k) + 2 * ((Z_dot_xi_ T) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem fedavg_round, cited for 'fedavg_round') (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_unbiased_against_Z_ : forall T : nat, forall k : nat, ((Z_dot_xi_ T) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_variance_ : forall T : nat, forall k : nat, ((norm2_xi_ T) k) <= N)
  (* assumed: the draw: E‖χ‖² <= V (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_the_draw : forall T : nat, (norm2_chi T) <= (V T))
  (* squared norm: a squared norm: ‖c + ∇F‖² (of theorem fedavg_round, cited for 'fedavg_round') (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_square_4 : forall T : nat, 0 <= (norm2_c T) + (g T) + 2 * (c_dot_gradF T))
  (* squared norm: a squared norm: ‖-b + c + ∇F‖² (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_square_5 : forall T : nat, 0 <= (norm2_b T) + (norm2_c T) + (g T) + 2 * (c_dot_gradF T) - 2 *
      (b_dot_c T) - 2 * (b_dot_gradF T))
  (* assumed: weights: E‖Σ (P_i − d_i)G_i‖² <= κ Σ d_i‖G_i‖², G_i = y + z (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_weights : forall T : nat, (V T) <= kappa * ((norm2_y T) + (norm2_z T) + 2 * (y_dot_z T)))
  (* squared norm: ‖a‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_a2_sign : forall T : nat, 0 <= (norm2_a T))
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_t2_sign_ : forall T : nat, 0 <= (norm2_t T))
  (* squared norm: ⟨a,t⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_a_t_sign : forall T : nat, 0 <= (a_dot_t T))
  (* squared norm: ⟨a,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_a_gradF_sign : forall T : nat, 0 <= (a_dot_gradF T))
  (* squared norm: ⟨t,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_t_gradF_sign : forall T : nat, 0 <= (t_dot_gradF T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of K gradients') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_mean_ : forall T : nat, (b_dot_m_ T) = (norm2_y T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of K
      gradients') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_square_6 : forall T : nat, 0 <= ((norm2_a T) + (norm2_t T) + (g T) + 2 * (a_dot_t T) + 2 *
      (a_dot_gradF T) + 2 * (t_dot_gradF T)) + (norm2_y T) - 2 * (b_dot_m_ T))
  (* assumed: a client's noise: z is the mean of K noises (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') *)
  (H_a_client_s_noise : forall T : nat, (norm2_z T) = (V_ T) K / (INR K) ^ 2)
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_empty_sum_2 : forall T : nat, (V_ T) O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_so_far_4 : forall T : nat, forall k : nat, (V_ T) k = ((norm2_Z_3 T) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_one_more_3 : forall T : nat, forall k : nat, (V_ T) (S k) = ((norm2_Z_3 T) k) + ((norm2_xi_2 T)
      k) + 2 * ((Z_dot_xi_2 T) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_unbiased_against_Z_2 : forall T : nat, forall k : nat, ((Z_dot_xi_2 T) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_variance_2 : forall T : nat, forall k : nat, ((norm2_xi_2 T) k) <= sigma2)
  (* assumed: smoothness: every f_i is L-smooth (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_smoothness_3 : forall T : nat, (norm2_t T) <= (norm2_v T) * L ^ 2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_S_sign_2 : forall T : nat, forall n : nat, 0 <= (S_2_ T) n)
  (* assumed: no step: an empty sum (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_no_step_ : forall T : nat, (D_ T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') *)
  (H_so_far_5 : forall T : nat, forall n : nat, (A_ T) n = ((norm2_m_2 T) n))
  (* assumed: the noises: Z is the sum of n noises (of theorem local_path, cited for 'local_path')
      (of theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round,
      cited for 'fedavg_weights_round') *)
  (H_the_noises_ : forall T : nat, forall n : nat, (V_3 T) n = ((norm2_Z_4 T) n))
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_empty_sum_3 : forall T : nat, (V_3 T) O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_so_far_6 : forall T : nat, forall n : nat, forall k : nat, (V_3 T) k = (((norm2_Z_5 T) n) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_one_more_4 : forall T : nat, forall n : nat, forall k : nat, (V_3 T) (S k) = (((norm2_Z_5 T) n)
      k) + (((norm2_xi_3 T) n) k) + 2 * (((Z_dot_xi_3 T) n) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_unbiased_against_Z_3 : forall T : nat, forall n : nat, forall k : nat, (((Z_dot_xi_3 T) n) k) =
      0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_variance_3 : forall T : nat, forall n : nat, forall k : nat, (((norm2_xi_3 T) n) k) <= sigma2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_S_sign_3 : forall T : nat, forall i : nat, 0 <= (S_2_ T) i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_no_update_ : forall T : nat, (S_2_ T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_so_far_2_ : forall T : nat, forall n : nat, forall i : nat, (A_ T) i = (((norm2_m_3 T) n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_one_more_5 : forall T : nat, forall n : nat, forall i : nat, (A_ T) (S i) = (((norm2_m_3 T) n)
      i) * (INR i) ^ 2 / (INR i + 1) ^ 2 + 2 * INR i * (((m_dot_y_ T) n) i) / (INR i + 1) ^ 2 +
      (((norm2_y_4 T) n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_S_n_1_2 : forall T : nat, forall n : nat, forall i : nat, (S_2_ T) (S i) = (((norm2_y_4 T) n)
      i) + (S_2_ T) i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_square_7 : forall T : nat, forall n : nat, forall i : nat, 0 <= (((norm2_m_3 T) n) i) +
      (((norm2_y_4 T) n) i) - 2 * (((m_dot_y_ T) n) i))
  (* assumed: S(n + 1): one more square (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_S_n_1_3 : forall T : nat, forall n : nat, (S_2_ T) (S n) = ((norm2_y_3 T) n) + (S_2_ T) n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem local_path,
      cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_D_n_1_ : forall T : nat, forall n : nat, (D_ T) (S n) = eta ^ 2 * (((norm2_m_2 T) n) * (INR n)
      ^ 2 + 2 * INR n * ((Z_dot_m_ T) n) + ((norm2_Z_4 T) n)) + (D_ T) n)
  (* squared norm: a squared norm: ‖-Z + m*n‖² (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') *)
  (H_square_8 : forall T : nat, forall n : nat, 0 <= ((norm2_m_2 T) n) * (INR n) ^ 2 + ((norm2_Z_4
      T) n) - 2 * INR n * ((Z_dot_m_ T) n))
  (* squared norm: a squared norm: ‖y‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_square_2_2 : forall T : nat, forall n : nat, 0 <= ((norm2_y_3 T) n))
  (* assumed: the path: a mean over K steps (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_the_path_ : forall T : nat, (D_ T) K = INR K * (norm2_v T))
  (* assumed: the gradients: ∇f_i(w) = t + a + ∇F(x), a mean over K steps (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_the_gradients_ : forall T : nat, (S_2_ T) K = INR K * ((norm2_a_2 T) + (norm2_t_3 T) + (g T) +
      2 * (a_dot_t_2 T) + 2 * (a_dot_gradF_2 T) + 2 * (t_dot_gradF_2 T)))
  (* assumed: smoothness: every f_i is L-smooth (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_smoothness_4 : forall T : nat, (norm2_t_3 T) <= (norm2_v T) * L ^ 2)
  (* assumed: mean gradient: Σ d_i ∇f_i(x) = ∇F(x), and it is the same for all (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_mean_gradient_ : forall T : nat, (a_dot_gradF_2 T) = 0)
  (* assumed: dissimilarity: Σ d_i‖∇f_i − ∇F‖² <= ζ² (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_dissimilarity_ : forall T : nat, (norm2_a_2 T) <= zeta2)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_square_3_ : forall T : nat, 0 <= (norm2_a_2 T) + (norm2_t_3 T) + (g T) + 2 * (a_dot_gradF_2 T)
      - 2 * (a_dot_t_2 T) - 2 * (t_dot_gradF_2 T))
  (* assumed: mean gradient: Σ d_i ∇f_i(x) = ∇F(x), and it is the same for all (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') *)
  (H_mean_gradient_2 : forall T : nat, (a_dot_gradF T) = 0)
  (* assumed: dissimilarity: Σ d_i‖∇f_i − ∇F‖² <= ζ² (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_dissimilarity_2 : forall T : nat, (norm2_a T) <= zeta2)
  (* squared norm: a squared norm: ‖y - z‖² (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_square_9 : forall T : nat, 0 <= (norm2_y T) + (norm2_z T) - 2 * (y_dot_z T))
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') *)
  (H_square_10 : forall T : nat, 0 <= (norm2_a T) + (norm2_t T) + (g T) + 2 * (a_dot_gradF T) - 2 *
      (a_dot_t T) - 2 * (t_dot_gradF T))
  (* assumed: one more gradient: S(T + 1) adds E‖∇F(x_T)‖² *)
  (H_one_more_gradient : forall T : nat, S_ (S T) = S_ T + g T)
  : forall T : nat, gamma * S_ T / 6 + E T <= F0 + INR T * (2 * gamma * L ^ 2 * eta ^ 2 * (INR K -
      1) * (2 * INR K * zeta2 + sigma2) / 3 + L * gamma ^ 2 * (3 * kappa * (zeta2 + sigma2 / (2 *
      INR K)) + N / INR K)).
Proof.
  pose proof (pos_INR K).
  assert (exists omega_slack, 0 <= omega_slack /\ omega_slack = INR K - 1)
    as [omega_slack [omega_slack_sign omega_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / (3 * INR K * L * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 3) / ((INR K) * L * eta)) * (1 - (3 * INR K * L * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists j_slack, 0 <= j_slack /\ j_slack = 1 / (2 * L * gamma) - 1)
    as [j_slack [j_slack_sign j_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 2) / (L * gamma)) * (1 - (2 * L * gamma))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists o_slack, 0 <= o_slack /\ o_slack = 1 / (18 * L * gamma * kappa) - 1)
    as [o_slack [o_slack_sign o_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 18) / (L * gamma * kappa)) * (1 - (18 * L * gamma * kappa))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = omega_slack + 1).
  { rewrite ?omega_slack_def. identity. }
  assert (chart_eta : eta = 1 / (3 * L * (s_slack + 1) * (omega_slack + 1))).
  { rewrite ?omega_slack_def, ?s_slack_def. identity. }
  assert (chart_gamma : gamma = 1 / (2 * L * (j_slack + 1))).
  { rewrite ?j_slack_def. identity. }
  assert (chart_kappa : kappa = (j_slack + 1) / (9 * o_slack + 9)).
  { rewrite ?j_slack_def, ?o_slack_def. identity. }
  assert (every : forall T : nat, gamma * S_ T / 6 + E T <= F0 + INR T * (2 * gamma * L ^ 2 * eta ^
      2 * (INR K - 1) * (2 * INR K * zeta2 + sigma2) / 3 + L * gamma ^ 2 * (3 * kappa * (zeta2 +
      sigma2 / (2 * INR K)) + N / INR K))).
  { intro T. induction T as [| T hypothesis].
  - (* base, T = 0 *) assert (goal : gamma * S_ O / 6 + E O <= F0 + 0 * (2 * gamma * L ^ 2 * eta ^ 2
      * (INR K - 1) * (2 * INR K * zeta2 + sigma2) / 3 + L * gamma ^ 2 * (3 * kappa * (zeta2 +
      sigma2 / (2 * INR K)) + N / INR K))).
  {
  pose proof (H_V_sign O).
  pose proof (H_t2_sign O).
  pose proof (H_a2_sign O).
  pose proof (H_t2_sign_ O).
  pose proof (H_a_t_sign O).
  pose proof (H_a_gradF_sign O).
  pose proof (H_t_gradF_sign O).
  assert (fact_1 : 0 <= F0 - (E O)).
  { exact (room _ _ H_start). }
  assert (fact_2 : S_ O - 0 = 0).
  { exact (same _ _ H_no_gradient_yet). }
  assert (part_2 := times_zero (- gamma / 6) _ fact_2).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F0 - (E O)) + (- gamma / 6) * (S_ O - 0)) by
      identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, T to T + 1 *) assert (goal : gamma * S_ (S T) / 6 + E (S T) <= F0 + (INR T + 1) *
      (2 * gamma * L ^ 2 * eta ^ 2 * (INR K - 1) * (2 * INR K * zeta2 + sigma2) / 3 + L * gamma ^ 2
      * (3 * kappa * (zeta2 + sigma2 / (2 * INR K)) + N / INR K))).
  {
  pose proof (pos_INR T) as index_sign.
  pose proof (H_V_sign T).
  pose proof (H_t2_sign T).
  pose proof (H_a2_sign T).
  pose proof (H_t2_sign_ T).
  pose proof (H_a_t_sign T).
  pose proof (H_a_gradF_sign T).
  pose proof (H_t_gradF_sign T).
  assert (fact_1 : 0 <= (E T) + 2 * gamma * L ^ 2 * eta ^ 2 * (INR K - 1) * (2 * INR K * zeta2 +
      sigma2) / 3 + L * gamma ^ 2 * (3 * kappa * (zeta2 + sigma2 / (2 * INR K)) + N / INR K) - gamma
      * (g T) / 6 - (E (S T))).
  { apply room.
  refine ((fedavg_weights_round L eta K gamma (E T) (g T) zeta2 sigma2 N kappa (E (S T)) (V T)
      (norm2_a T) (norm2_t T) (norm2_v T) (norm2_y T) (norm2_z T) (a_dot_t T) (a_dot_gradF T)
      (t_dot_gradF T) (y_dot_z T) (V_ T) (norm2_b T) (norm2_c T) (norm2_t_ T) (norm2_v_ T)
      (norm2_chi T) (b_dot_c T) (b_dot_chi T) (b_dot_gradF T) (c_dot_chi T) (c_dot_gradF T)
      (chi_dot_gradF T) (V_2 T) (b_dot_m T) (norm2_a_ T) (norm2_t_2 T) (a_dot_t_ T) (a_dot_gradF_ T)
      (t_dot_gradF_ T) (D T) (S_2 T) (norm2_Z T) (norm2_m T) (norm2_y_ T) (Z_dot_m T) (A T) (V_2_ T)
      (norm2_Z_ T) (norm2_xi T) (Z_dot_xi T) (norm2_m_ T) (norm2_y_2 T) (m_dot_y T) (norm2_Z_2 T)
      (norm2_xi_ T) (Z_dot_xi_ T) (b_dot_m_ T) (norm2_Z_3 T) (norm2_xi_2 T) (Z_dot_xi_2 T)
      (norm2_a_2 T) (norm2_t_3 T) (a_dot_t_2 T) (a_dot_gradF_2 T) (t_dot_gradF_2 T) (D_ T) (S_2_ T)
      (norm2_Z_4 T) (norm2_m_2 T) (norm2_y_3 T) (Z_dot_m_ T) (A_ T) (V_3 T) (norm2_Z_5 T)
      (norm2_xi_3 T) (Z_dot_xi_3 T) (norm2_m_3 T) (norm2_y_4 T) (m_dot_y_ T) _ _ _ _ _ _ _ _ _ _ _ _
      _ _ (H_V_sign T) (H_smoothness T) (H_unbiased_against_gradF T) (H_unbiased_against_gradF_ T)
      (H_unbiased_against_b_c T) (H_t2_sign T) (H_mean T) (H_square T) (H_smoothness_ T) (H_S_sign
      T) (H_no_step T) (H_so_far T) (H_the_noises T) (H_empty_sum T) (H_so_far_ T) (H_one_more T)
      (H_unbiased_against_Z T) (H_variance T) (H_S_sign_ T) (H_no_update T) (H_so_far_2 T)
      (H_one_more_ T) (H_S_n_1 T) (H_square_ T) (H_S_n_1_ T) (H_D_n_1 T) (H_square_2 T) (H_square_2_
      T) (H_the_path T) (H_the_gradients T) (H_smoothness_2 T) (H_mean_gradient T) (H_dissimilarity
      T) (H_square_3 T) (H_the_mean_noise T) (H_empty_sum_ T) (H_so_far_3 T) (H_one_more_2 T)
      (H_unbiased_against_Z_ T) (H_variance_ T) (H_the_draw T) (H_square_4 T) (H_square_5 T)
      (H_weights T) (H_a2_sign T) (H_t2_sign_ T) (H_a_t_sign T) (H_a_gradF_sign T) (H_t_gradF_sign
      T) (H_mean_ T) (H_square_6 T) (H_a_client_s_noise T) (H_empty_sum_2 T) (H_so_far_4 T)
      (H_one_more_3 T) (H_unbiased_against_Z_2 T) (H_variance_2 T) (H_smoothness_3 T) (H_S_sign_2 T)
      (H_no_step_ T) (H_so_far_5 T) (H_the_noises_ T) (H_empty_sum_3 T) (H_so_far_6 T) (H_one_more_4
      T) (H_unbiased_against_Z_3 T) (H_variance_3 T) (H_S_sign_3 T) (H_no_update_ T) (H_so_far_2_ T)
      (H_one_more_5 T) (H_S_n_1_2 T) (H_square_7 T) (H_S_n_1_3 T) (H_D_n_1_ T) (H_square_8 T)
      (H_square_2_2 T) (H_the_path_ T) (H_the_gradients_ T) (H_smoothness_4 T) (H_mean_gradient_ T)
      (H_dissimilarity_ T) (H_square_3_ T) (H_mean_gradient_2 T) (H_dissimilarity_2 T) (H_square_9
      T) (H_square_10 T))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize K_sign. cbn [INR]. lra. }
  { generalize gamma_sign. cbn [INR]. lra. }
  { pose proof (H_E_T_sign T). rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_kappa. written ((E
      T)). sign. }
  { pose proof (H_g_T_sign T). rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_kappa. written ((g
      T)). sign. }
  { generalize zeta2_sign. cbn [INR]. lra. }
  { generalize sigma2_sign. cbn [INR]. lra. }
  { generalize N_sign. cbn [INR]. lra. }
  { generalize kappa_sign. cbn [INR]. lra. }
  { generalize in_range_K_1. cbn [INR]. lra. }
  { generalize in_range_3etaLK_1. cbn [INR]. lra. }
  { generalize in_range_2gammaL_1. cbn [INR]. lra. }
  { generalize in_range_18gammaLkappa_1. cbn [INR]. lra. } }
  assert (fact_2 : S_ (S T) - (S_ T + g T) = 0).
  { exact (same _ _ (H_one_more_gradient T)). }
  assert (part_2 := times_zero (- gamma / 6) _ fact_2).
  assert (fact_3 : 0 <= F0 + INR T * (2 * gamma * L ^ 2 * eta ^ 2 * (INR K - 1) * (2 * INR K * zeta2
      + sigma2) / 3 + L * gamma ^ 2 * (3 * kappa * (zeta2 + sigma2 / (2 * INR K)) + N / INR K)) -
      (gamma * S_ T / 6 + E T)).
  { exact (room _ _ hypothesis). }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (((E T) + 2 * gamma * L ^ 2 * eta ^ 2 * (INR K
      - 1) * (2 * INR K * zeta2 + sigma2) / 3 + L * gamma ^ 2 * (3 * kappa * (zeta2 + sigma2 / (2 *
      INR K)) + N / INR K) - gamma * (g T) / 6 - (E (S T))) + (- gamma / 6) * (S_ (S T) - (S_ T + g
      T)) + (F0 + INR T * (2 * gamma * L ^ 2 * eta ^ 2 * (INR K - 1) * (2 * INR K * zeta2 + sigma2)
      / 3 + L * gamma ^ 2 * (3 * kappa * (zeta2 + sigma2 / (2 * INR K)) + N / INR K)) - (gamma * S_
      T / 6 + E T))) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro T. exact (every T).
Qed.

(* FedAvg reaches a small gradient, by the variance of its weights *)
Lemma fedavg_weights
  (L : R) (* the smoothness L of every client's f_i *)
  (eta : R) (* the local step η *)
  (K : nat) (* the local steps K *)
  (gamma : R) (* the step γ of a round *)
  (zeta2 : R) (* ζ², at least Σ d_i‖∇f_i − ∇F‖² on the path *)
  (sigma2 : R) (* σ², at least Σ d_i σ_i², σ_i² the noise of one local gradient *)
  (N : R) (* N, at least Σ d_i² σ_i², with the weights squared *)
  (kappa : R) (* κ with E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u: for independent clients the
      greatest d_i(1/p_i − 1) *)
  (F0 : R) (* F(x_0) − F_inf *)
  (T : nat) (* the rounds T *)
  (phi : R) (* φ *)
  (E : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (g : nat -> R) (*  *)
  (V : nat -> R) (* V *)
  (norm2_a : nat -> R) (* ‖a‖² *)
  (norm2_t : nat -> R) (* ‖t‖² *)
  (norm2_v : nat -> R) (* ‖v‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (norm2_z : nat -> R) (* ‖z‖² *)
  (a_dot_t : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF : nat -> R) (* ⟨t,∇F⟩ *)
  (y_dot_z : nat -> R) (* ⟨y,z⟩ *)
  (V_ : nat -> nat -> R) (*  *)
  (norm2_b : nat -> R) (* ‖b‖² *)
  (norm2_c : nat -> R) (* ‖c‖² *)
  (norm2_t_ : nat -> R) (* ‖t‖² *)
  (norm2_v_ : nat -> R) (* ‖v‖² *)
  (norm2_chi : nat -> R) (* ‖χ‖² *)
  (b_dot_c : nat -> R) (* ⟨b,c⟩ *)
  (b_dot_chi : nat -> R) (* ⟨b,χ⟩ *)
  (b_dot_gradF : nat -> R) (* ⟨b,∇F⟩ *)
  (c_dot_chi : nat -> R) (* ⟨c,χ⟩ *)
  (c_dot_gradF : nat -> R) (* ⟨c,∇F⟩ *)
  (chi_dot_gradF : nat -> R) (* ⟨χ,∇F⟩ *)
  (V_2 : nat -> nat -> R) (*  *)
  (b_dot_m : nat -> R) (* ⟨b,m⟩ *)
  (norm2_a_ : nat -> R) (* ‖a‖² *)
  (norm2_t_2 : nat -> R) (* ‖t‖² *)
  (a_dot_t_ : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF_ : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_ : nat -> R) (* ⟨t,∇F⟩ *)
  (D : nat -> nat -> R) (*  *)
  (S_2 : nat -> nat -> R) (*  *)
  (norm2_Z : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_m : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> R) (* ‖y‖² *)
  (Z_dot_m : nat -> nat -> R) (* ⟨Z,m⟩ *)
  (A : nat -> nat -> R) (*  *)
  (V_2_ : nat -> nat -> R) (*  *)
  (norm2_Z_ : nat -> nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi : nat -> nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi : nat -> nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (norm2_m_ : nat -> nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_2 : nat -> nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> nat -> R) (* ⟨m,y⟩ *)
  (norm2_Z_2 : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi_ : nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi_ : nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (b_dot_m_ : nat -> R) (* ⟨b,m⟩ *)
  (norm2_Z_3 : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi_2 : nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi_2 : nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (norm2_a_2 : nat -> R) (* ‖a‖² *)
  (norm2_t_3 : nat -> R) (* ‖t‖² *)
  (a_dot_t_2 : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF_2 : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_2 : nat -> R) (* ⟨t,∇F⟩ *)
  (D_ : nat -> nat -> R) (*  *)
  (S_2_ : nat -> nat -> R) (*  *)
  (norm2_Z_4 : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_m_2 : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_3 : nat -> nat -> R) (* ‖y‖² *)
  (Z_dot_m_ : nat -> nat -> R) (* ⟨Z,m⟩ *)
  (A_ : nat -> nat -> R) (*  *)
  (V_3 : nat -> nat -> R) (*  *)
  (norm2_Z_5 : nat -> nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi_3 : nat -> nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi_3 : nat -> nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (norm2_m_3 : nat -> nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_4 : nat -> nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y_ : nat -> nat -> nat -> R) (* ⟨m,y⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the local step η *)
  (eta_sign : 0 < eta)
  (* range: the local steps K *)
  (K_sign : 0 < INR K)
  (* range: the step γ of a round *)
  (gamma_sign : 0 < gamma)
  (* range: ζ², at least Σ d_i‖∇f_i − ∇F‖² on the path *)
  (zeta2_sign : 0 <= zeta2)
  (* range: σ², at least Σ d_i σ_i², σ_i² the noise of one local gradient *)
  (sigma2_sign : 0 <= sigma2)
  (* range: N, at least Σ d_i² σ_i², with the weights squared *)
  (N_sign : 0 <= N)
  (* range: κ with E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u: for independent clients the
      greatest d_i(1/p_i − 1) *)
  (kappa_sign : 0 < kappa)
  (* range: F(x_0) − F_inf *)
  (F0_sign : 0 <= F0)
  (* condition: K >= 1 *)
  (in_range_K_1 : 1 <= INR K)
  (* condition: 3ηLK <= 1 *)
  (in_range_3etaLK_1 : 3 * INR K * L * eta <= 1)
  (* condition: 2γL <= 1 *)
  (in_range_2gammaL_1 : 2 * L * gamma <= 1)
  (* condition: 18γLκ <= 1 *)
  (in_range_18gammaLkappa_1 : 18 * L * gamma * kappa <= 1)
  (* condition: T >= 1 *)
  (in_range_T_1 : 1 <= INR T)
  (* assumed: start: F(x_0) − F_inf is at most F₀ (of theorem fedavg_weights_sum, cited for
      'fedavg_weights_sum') *)
  (H_start : E O <= F0)
  (* assumed: no gradient yet: S(0) is an empty sum (of theorem fedavg_weights_sum, cited for
      'fedavg_weights_sum') *)
  (H_no_gradient_yet : S_ O = 0)
  (* squared norm: E(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_E_T_sign : forall T : nat, 0 <= E T)
  (* squared norm: g(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_g_T_sign : forall T : nat, 0 <= g T)
  (* squared norm: V is not negative, being a squared norm, a mean of them or an excess (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_V_sign : forall T : nat, 0 <= (V T))
  (* assumed: smoothness: descent lemma, F is L-smooth (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_smoothness : forall T : nat, (E (S T)) + gamma * (g T) + gamma * (b_dot_gradF T) + gamma *
      (c_dot_gradF T) + gamma * (chi_dot_gradF T) <= (E T) + L * ((norm2_b T) * gamma ^ 2 + (norm2_c
      T) * gamma ^ 2 + (norm2_chi T) * gamma ^ 2 + (g T) * gamma ^ 2 + 2 * (b_dot_c T) * gamma ^ 2 +
      2 * (b_dot_chi T) * gamma ^ 2 + 2 * (b_dot_gradF T) * gamma ^ 2 + 2 * (c_dot_chi T) * gamma ^
      2 + 2 * (c_dot_gradF T) * gamma ^ 2 + 2 * (chi_dot_gradF T) * gamma ^ 2) / 2)
  (* assumed: unbiased, against ∇F: b has mean zero and ∇F is fixed before the draw (of theorem
      fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_unbiased_against_gradF : forall T : nat, (b_dot_gradF T) = 0)
  (* assumed: unbiased, against ∇F: χ has mean zero and ∇F is fixed before the draw (of theorem
      fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_unbiased_against_gradF_ : forall T : nat, (chi_dot_gradF T) = 0)
  (* assumed: unbiased, against b + c: χ has mean zero and b + c is fixed before the draw (of
      theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_unbiased_against_b_c : forall T : nat, (b_dot_chi T) + (c_dot_chi T) = 0)
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_t2_sign : forall T : nat, 0 <= (norm2_t_ T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of t') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_mean : forall T : nat, (b_dot_m T) = (norm2_c T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of t')
      (of theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_square : forall T : nat, 0 <= (norm2_t_ T) + (norm2_c T) - 2 * (b_dot_m T))
  (* assumed: smoothness: every f_i is L-smooth (of theorem fedavg_round, cited for 'fedavg_round')
      (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_smoothness_ : forall T : nat, (norm2_t_ T) <= (norm2_v_ T) * L ^ 2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_S_sign : forall T : nat, forall n : nat, 0 <= (S_2 T) n)
  (* assumed: no step: an empty sum (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_no_step : forall T : nat, (D T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_so_far : forall T : nat, forall n : nat, (A T) n = ((norm2_m T) n))
  (* assumed: the noises: Z is the sum of n noises (of theorem local_path, cited for 'local_path')
      (of theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_the_noises : forall T : nat, forall n : nat, (V_2_ T) n = ((norm2_Z T) n))
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_empty_sum : forall T : nat, (V_2_ T) O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_so_far_ : forall T : nat, forall n : nat, forall k : nat, (V_2_ T) k = (((norm2_Z_ T) n) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_one_more : forall T : nat, forall n : nat, forall k : nat, (V_2_ T) (S k) = (((norm2_Z_ T) n)
      k) + (((norm2_xi T) n) k) + 2 * (((Z_dot_xi T) n) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_unbiased_against_Z : forall T : nat, forall n : nat, forall k : nat, (((Z_dot_xi T) n) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_variance : forall T : nat, forall n : nat, forall k : nat, (((norm2_xi T) n) k) <= sigma2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      (of theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_S_sign_ : forall T : nat, forall i : nat, 0 <= (S_2 T) i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      (of theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_no_update : forall T : nat, (S_2 T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_so_far_2 : forall T : nat, forall n : nat, forall i : nat, (A T) i = (((norm2_m_ T) n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_one_more_ : forall T : nat, forall n : nat, forall i : nat, (A T) (S i) = (((norm2_m_ T) n) i)
      * (INR i) ^ 2 / (INR i + 1) ^ 2 + 2 * INR i * (((m_dot_y T) n) i) / (INR i + 1) ^ 2 +
      (((norm2_y_2 T) n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_S_n_1 : forall T : nat, forall n : nat, forall i : nat, (S_2 T) (S i) = (((norm2_y_2 T) n) i) +
      (S_2 T) i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_square_ : forall T : nat, forall n : nat, forall i : nat, 0 <= (((norm2_m_ T) n) i) +
      (((norm2_y_2 T) n) i) - 2 * (((m_dot_y T) n) i))
  (* assumed: S(n + 1): one more square (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_S_n_1_ : forall T : nat, forall n : nat, (S_2 T) (S n) = ((norm2_y_ T) n) + (S_2 T) n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem local_path,
      cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation') (of theorem
      fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_D_n_1 : forall T : nat, forall n : nat, (D T) (S n) = eta ^ 2 * (((norm2_m T) n) * (INR n) ^ 2
      + 2 * INR n * ((Z_dot_m T) n) + ((norm2_Z T) n)) + (D T) n)
  (* squared norm: a squared norm: ‖-Z + m*n‖² (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_square_2 : forall T : nat, forall n : nat, 0 <= ((norm2_m T) n) * (INR n) ^ 2 + ((norm2_Z T) n)
      - 2 * INR n * ((Z_dot_m T) n))
  (* squared norm: a squared norm: ‖y‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_square_2_ : forall T : nat, forall n : nat, 0 <= ((norm2_y_ T) n))
  (* assumed: the path: a mean over K steps (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_the_path : forall T : nat, (D T) K = INR K * (norm2_v_ T))
  (* assumed: the gradients: ∇f_i(w) = t + a + ∇F(x), a mean over K steps (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_the_gradients : forall T : nat, (S_2 T) K = INR K * ((norm2_a_ T) + (norm2_t_2 T) + (g T) + 2 *
      (a_dot_t_ T) + 2 * (a_dot_gradF_ T) + 2 * (t_dot_gradF_ T)))
  (* assumed: smoothness: every f_i is L-smooth (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_smoothness_2 : forall T : nat, (norm2_t_2 T) <= (norm2_v_ T) * L ^ 2)
  (* assumed: mean gradient: Σ d_i ∇f_i(x) = ∇F(x), and it is the same for all (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_mean_gradient : forall T : nat, (a_dot_gradF_ T) = 0)
  (* assumed: dissimilarity: Σ d_i‖∇f_i − ∇F‖² <= ζ² (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_dissimilarity : forall T : nat, (norm2_a_ T) <= zeta2)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_square_3 : forall T : nat, 0 <= (norm2_a_ T) + (norm2_t_2 T) + (g T) + 2 * (a_dot_gradF_ T) - 2
      * (a_dot_t_ T) - 2 * (t_dot_gradF_ T))
  (* assumed: the mean noise: b is the mean of K noises Σ d_i ν (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_the_mean_noise : forall T : nat, (norm2_b T) = (V_2 T) K / (INR K) ^ 2)
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_empty_sum_ : forall T : nat, (V_2 T) O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_so_far_3 : forall T : nat, forall k : nat, (V_2 T) k = ((norm2_Z_2 T) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_one_more_2 : forall T : nat, forall k : nat, (V_2 T) (S k) = ((norm2_Z_2 T) k) + ((norm2_xi_ T)
      k) + 2 * ((Z_dot_xi_ T) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem fedavg_round, cited for 'fedavg_round') (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_unbiased_against_Z_ : forall T : nat, forall k : nat, ((Z_dot_xi_ T) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_variance_ : forall T : nat, forall k : nat, ((norm2_xi_ T) k) <= N)
  (* assumed: the draw: E‖χ‖² <= V (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_the_draw : forall T : nat, (norm2_chi T) <= (V T))
  (* squared norm: a squared norm: ‖c + ∇F‖² (of theorem fedavg_round, cited for 'fedavg_round') (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_square_4 : forall T : nat, 0 <= (norm2_c T) + (g T) + 2 * (c_dot_gradF T))
  (* squared norm: a squared norm: ‖-b + c + ∇F‖² (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_square_5 : forall T : nat, 0 <= (norm2_b T) + (norm2_c T) + (g T) + 2 * (c_dot_gradF T) - 2 *
      (b_dot_c T) - 2 * (b_dot_gradF T))
  (* assumed: weights: E‖Σ (P_i − d_i)G_i‖² <= κ Σ d_i‖G_i‖², G_i = y + z (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_weights : forall T : nat, (V T) <= kappa * ((norm2_y T) + (norm2_z T) + 2 * (y_dot_z T)))
  (* squared norm: ‖a‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_a2_sign : forall T : nat, 0 <= (norm2_a T))
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_t2_sign_ : forall T : nat, 0 <= (norm2_t T))
  (* squared norm: ⟨a,t⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_a_t_sign : forall T : nat, 0 <= (a_dot_t T))
  (* squared norm: ⟨a,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_a_gradF_sign : forall T : nat, 0 <= (a_dot_gradF T))
  (* squared norm: ⟨t,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_t_gradF_sign : forall T : nat, 0 <= (t_dot_gradF T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of K gradients') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_mean_ : forall T : nat, (b_dot_m_ T) = (norm2_y T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of K
      gradients') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_square_6 : forall T : nat, 0 <= ((norm2_a T) + (norm2_t T) + (g T) + 2 * (a_dot_t T) + 2 *
      (a_dot_gradF T) + 2 * (t_dot_gradF T)) + (norm2_y T) - 2 * (b_dot_m_ T))
  (* assumed: a client's noise: z is the mean of K noises (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_a_client_s_noise : forall T : nat, (norm2_z T) = (V_ T) K / (INR K) ^ 2)
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_empty_sum_2 : forall T : nat, (V_ T) O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_so_far_4 : forall T : nat, forall k : nat, (V_ T) k = ((norm2_Z_3 T) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_one_more_3 : forall T : nat, forall k : nat, (V_ T) (S k) = ((norm2_Z_3 T) k) + ((norm2_xi_2 T)
      k) + 2 * ((Z_dot_xi_2 T) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_unbiased_against_Z_2 : forall T : nat, forall k : nat, ((Z_dot_xi_2 T) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_variance_2 : forall T : nat, forall k : nat, ((norm2_xi_2 T) k) <= sigma2)
  (* assumed: smoothness: every f_i is L-smooth (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_smoothness_3 : forall T : nat, (norm2_t T) <= (norm2_v T) * L ^ 2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_S_sign_2 : forall T : nat, forall n : nat, 0 <= (S_2_ T) n)
  (* assumed: no step: an empty sum (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_no_step_ : forall T : nat, (D_ T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_so_far_5 : forall T : nat, forall n : nat, (A_ T) n = ((norm2_m_2 T) n))
  (* assumed: the noises: Z is the sum of n noises (of theorem local_path, cited for 'local_path')
      (of theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round,
      cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for
      'fedavg_weights_sum') *)
  (H_the_noises_ : forall T : nat, forall n : nat, (V_3 T) n = ((norm2_Z_4 T) n))
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_empty_sum_3 : forall T : nat, (V_3 T) O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_so_far_6 : forall T : nat, forall n : nat, forall k : nat, (V_3 T) k = (((norm2_Z_5 T) n) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_one_more_4 : forall T : nat, forall n : nat, forall k : nat, (V_3 T) (S k) = (((norm2_Z_5 T) n)
      k) + (((norm2_xi_3 T) n) k) + 2 * (((Z_dot_xi_3 T) n) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_unbiased_against_Z_3 : forall T : nat, forall n : nat, forall k : nat, (((Z_dot_xi_3 T) n) k) =
      0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_variance_3 : forall T : nat, forall n : nat, forall k : nat, (((norm2_xi_3 T) n) k) <= sigma2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_S_sign_3 : forall T : nat, forall i : nat, 0 <= (S_2_ T) i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_no_update_ : forall T : nat, (S_2_ T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_so_far_2_ : forall T : nat, forall n : nat, forall i : nat, (A_ T) i = (((norm2_m_3 T) n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_one_more_5 : forall T : nat, forall n : nat, forall i : nat, (A_ T) (S i) = (((norm2_m_3 T) n)
      i) * (INR i) ^ 2 / (INR i + 1) ^ 2 + 2 * INR i * (((m_dot_y_ T) n) i) / (INR i + 1) ^ 2 +
      (((norm2_y_4 T) n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_S_n_1_2 : forall T : nat, forall n : nat, forall i : nat, (S_2_ T) (S i) = (((norm2_y_4 T) n)
      i) + (S_2_ T) i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_square_7 : forall T : nat, forall n : nat, forall i : nat, 0 <= (((norm2_m_3 T) n) i) +
      (((norm2_y_4 T) n) i) - 2 * (((m_dot_y_ T) n) i))
  (* assumed: S(n + 1): one more square (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_S_n_1_3 : forall T : nat, forall n : nat, (S_2_ T) (S n) = ((norm2_y_3 T) n) + (S_2_ T) n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem local_path,
      cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_D_n_1_ : forall T : nat, forall n : nat, (D_ T) (S n) = eta ^ 2 * (((norm2_m_2 T) n) * (INR n)
      ^ 2 + 2 * INR n * ((Z_dot_m_ T) n) + ((norm2_Z_4 T) n)) + (D_ T) n)
  (* squared norm: a squared norm: ‖-Z + m*n‖² (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_square_8 : forall T : nat, forall n : nat, 0 <= ((norm2_m_2 T) n) * (INR n) ^ 2 + ((norm2_Z_4
      T) n) - 2 * INR n * ((Z_dot_m_ T) n))
  (* squared norm: a squared norm: ‖y‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_square_2_2 : forall T : nat, forall n : nat, 0 <= ((norm2_y_3 T) n))
  (* assumed: the path: a mean over K steps (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_the_path_ : forall T : nat, (D_ T) K = INR K * (norm2_v T))
  (* assumed: the gradients: ∇f_i(w) = t + a + ∇F(x), a mean over K steps (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_the_gradients_ : forall T : nat, (S_2_ T) K = INR K * ((norm2_a_2 T) + (norm2_t_3 T) + (g T) +
      2 * (a_dot_t_2 T) + 2 * (a_dot_gradF_2 T) + 2 * (t_dot_gradF_2 T)))
  (* assumed: smoothness: every f_i is L-smooth (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_smoothness_4 : forall T : nat, (norm2_t_3 T) <= (norm2_v T) * L ^ 2)
  (* assumed: mean gradient: Σ d_i ∇f_i(x) = ∇F(x), and it is the same for all (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_mean_gradient_ : forall T : nat, (a_dot_gradF_2 T) = 0)
  (* assumed: dissimilarity: Σ d_i‖∇f_i − ∇F‖² <= ζ² (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_dissimilarity_ : forall T : nat, (norm2_a_2 T) <= zeta2)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_square_3_ : forall T : nat, 0 <= (norm2_a_2 T) + (norm2_t_3 T) + (g T) + 2 * (a_dot_gradF_2 T)
      - 2 * (a_dot_t_2 T) - 2 * (t_dot_gradF_2 T))
  (* assumed: mean gradient: Σ d_i ∇f_i(x) = ∇F(x), and it is the same for all (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') *)
  (H_mean_gradient_2 : forall T : nat, (a_dot_gradF T) = 0)
  (* assumed: dissimilarity: Σ d_i‖∇f_i − ∇F‖² <= ζ² (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_dissimilarity_2 : forall T : nat, (norm2_a T) <= zeta2)
  (* squared norm: a squared norm: ‖y - z‖² (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_square_9 : forall T : nat, 0 <= (norm2_y T) + (norm2_z T) - 2 * (y_dot_z T))
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') *)
  (H_square_10 : forall T : nat, 0 <= (norm2_a T) + (norm2_t T) + (g T) + 2 * (a_dot_gradF T) - 2 *
      (a_dot_t T) - 2 * (t_dot_gradF T))
  (* assumed: one more gradient: S(T + 1) adds E‖∇F(x_T)‖² (of theorem fedavg_weights_sum, cited for
      'fedavg_weights_sum') *)
  (H_one_more_gradient : forall T : nat, S_ (S T) = S_ T + g T)
  (* assumed: mean gradient: φ is the mean of E‖∇F(x_t)‖² *)
  (H_mean_gradient_3 : phi = S_ T / INR T)
  (* assumed: F >= F_inf: F_inf is a lower bound *)
  (H_F_F_inf : 0 <= E T)
  : phi <= 6 * F0 / (INR T * gamma) + 4 * L ^ 2 * eta ^ 2 * (INR K - 1) * (2 * INR K * zeta2 +
      sigma2) + 6 * L * gamma * (3 * kappa * (zeta2 + sigma2 / (2 * INR K)) + N / INR K).
Proof.
  pose proof (pos_INR K).
  pose proof (pos_INR T).
  assert (exists omega_slack, 0 <= omega_slack /\ omega_slack = INR K - 1)
    as [omega_slack [omega_slack_sign omega_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / (3 * INR K * L * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 3) / ((INR K) * L * eta)) * (1 - (3 * INR K * L * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists j_slack, 0 <= j_slack /\ j_slack = 1 / (2 * L * gamma) - 1)
    as [j_slack [j_slack_sign j_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 2) / (L * gamma)) * (1 - (2 * L * gamma))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists o_slack, 0 <= o_slack /\ o_slack = 1 / (18 * L * gamma * kappa) - 1)
    as [o_slack [o_slack_sign o_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 18) / (L * gamma * kappa)) * (1 - (18 * L * gamma * kappa))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists u_slack, 0 <= u_slack /\ u_slack = INR T - 1)
    as [u_slack [u_slack_sign u_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR T - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = omega_slack + 1).
  { rewrite ?omega_slack_def. identity. }
  assert (chart_eta : eta = 1 / (3 * L * (s_slack + 1) * (omega_slack + 1))).
  { rewrite ?omega_slack_def, ?s_slack_def. identity. }
  assert (chart_gamma : gamma = 1 / (2 * L * (j_slack + 1))).
  { rewrite ?j_slack_def. identity. }
  assert (chart_kappa : kappa = (j_slack + 1) / (9 * o_slack + 9)).
  { rewrite ?j_slack_def, ?o_slack_def. identity. }
  assert (chart_T : INR T = u_slack + 1).
  { rewrite ?u_slack_def. identity. }
  {
  assert (fact_1 : 0 <= F0 + INR T * (2 * gamma * L ^ 2 * eta ^ 2 * (INR K - 1) * (2 * INR K * zeta2
      + sigma2) / 3 + L * gamma ^ 2 * (3 * kappa * (zeta2 + sigma2 / (2 * INR K)) + N / INR K)) -
      (gamma * S_ T / 6 + E T)).
  { apply room.
  refine ((fedavg_weights_sum L eta K gamma zeta2 sigma2 N kappa F0 E S_ g V norm2_a norm2_t norm2_v
      norm2_y norm2_z a_dot_t a_dot_gradF t_dot_gradF y_dot_z V_ norm2_b norm2_c norm2_t_ norm2_v_
      norm2_chi b_dot_c b_dot_chi b_dot_gradF c_dot_chi c_dot_gradF chi_dot_gradF V_2 b_dot_m
      norm2_a_ norm2_t_2 a_dot_t_ a_dot_gradF_ t_dot_gradF_ D S_2 norm2_Z norm2_m norm2_y_ Z_dot_m A
      V_2_ norm2_Z_ norm2_xi Z_dot_xi norm2_m_ norm2_y_2 m_dot_y norm2_Z_2 norm2_xi_ Z_dot_xi_
      b_dot_m_ norm2_Z_3 norm2_xi_2 Z_dot_xi_2 norm2_a_2 norm2_t_3 a_dot_t_2 a_dot_gradF_2
      t_dot_gradF_2 D_ S_2_ norm2_Z_4 norm2_m_2 norm2_y_3 Z_dot_m_ A_ V_3 norm2_Z_5 norm2_xi_3
      Z_dot_xi_3 norm2_m_3 norm2_y_4 m_dot_y_ _ _ _ _ _ _ _ _ _ _ _ _ _ H_start H_no_gradient_yet
      H_E_T_sign H_g_T_sign H_V_sign H_smoothness H_unbiased_against_gradF H_unbiased_against_gradF_
      H_unbiased_against_b_c H_t2_sign H_mean H_square H_smoothness_ H_S_sign H_no_step H_so_far
      H_the_noises H_empty_sum H_so_far_ H_one_more H_unbiased_against_Z H_variance H_S_sign_
      H_no_update H_so_far_2 H_one_more_ H_S_n_1 H_square_ H_S_n_1_ H_D_n_1 H_square_2 H_square_2_
      H_the_path H_the_gradients H_smoothness_2 H_mean_gradient H_dissimilarity H_square_3
      H_the_mean_noise H_empty_sum_ H_so_far_3 H_one_more_2 H_unbiased_against_Z_ H_variance_
      H_the_draw H_square_4 H_square_5 H_weights H_a2_sign H_t2_sign_ H_a_t_sign H_a_gradF_sign
      H_t_gradF_sign H_mean_ H_square_6 H_a_client_s_noise H_empty_sum_2 H_so_far_4 H_one_more_3
      H_unbiased_against_Z_2 H_variance_2 H_smoothness_3 H_S_sign_2 H_no_step_ H_so_far_5
      H_the_noises_ H_empty_sum_3 H_so_far_6 H_one_more_4 H_unbiased_against_Z_3 H_variance_3
      H_S_sign_3 H_no_update_ H_so_far_2_ H_one_more_5 H_S_n_1_2 H_square_7 H_S_n_1_3 H_D_n_1_
      H_square_8 H_square_2_2 H_the_path_ H_the_gradients_ H_smoothness_4 H_mean_gradient_
      H_dissimilarity_ H_square_3_ H_mean_gradient_2 H_dissimilarity_2 H_square_9 H_square_10
      H_one_more_gradient T)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize K_sign. cbn [INR]. lra. }
  { generalize gamma_sign. cbn [INR]. lra. }
  { generalize zeta2_sign. cbn [INR]. lra. }
  { generalize sigma2_sign. cbn [INR]. lra. }
  { generalize N_sign. cbn [INR]. lra. }
  { generalize kappa_sign. cbn [INR]. lra. }
  { generalize F0_sign. cbn [INR]. lra. }
  { generalize in_range_K_1. cbn [INR]. lra. }
  { generalize in_range_3etaLK_1. cbn [INR]. lra. }
  { generalize in_range_2gammaL_1. cbn [INR]. lra. }
  { generalize in_range_18gammaLkappa_1. cbn [INR]. lra. } }
  assert (multiplier_1 : 0 <= 6 / (INR T * gamma)).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_kappa, ?chart_T. written (12 * L * (j_slack +
      1) / (u_slack + 1)). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : phi - (S_ T / INR T) = 0).
  { exact (same _ _ H_mean_gradient_3). }
  assert (part_2 := times_zero (- 1) _ fact_2).
  assert (fact_3 : 0 <= E T - 0).
  { exact (room _ _ H_F_F_inf). }
  assert (multiplier_3 : 0 <= 6 / (INR T * gamma)).
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_kappa, ?chart_T. written (12 * L * (j_slack +
      1) / (u_slack + 1)). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((6 / (INR T * gamma)) * (F0 + INR T * (2 *
      gamma * L ^ 2 * eta ^ 2 * (INR K - 1) * (2 * INR K * zeta2 + sigma2) / 3 + L * gamma ^ 2 * (3
      * kappa * (zeta2 + sigma2 / (2 * INR K)) + N / INR K)) - (gamma * S_ T / 6 + E T)) + (- 1) *
      (phi - (S_ T / INR T)) + (6 / (INR T * gamma)) * (E T - 0)) by identity end.
  parts.
  }
Qed.

(* Under α-fair draws every model reaches a small gradient, while no loss is far behind *)
Theorem fair_rounds
  (L : R) (* the smoothness L of every client's f_i *)
  (eta : R) (* the local step η *)
  (K : nat) (* the local steps K *)
  (gamma : R) (* the step γ of a round *)
  (zeta2 : R) (* ζ², at least Σ d_i‖∇f_i − ∇F‖² on the path *)
  (sigma2 : R) (* σ², at least Σ d_i σ_i², σ_i² the noise of one local gradient *)
  (N : R) (* N, at least Σ d_i² σ_i², with the weights squared *)
  (F0 : R) (* F(x_0) − F_inf *)
  (T : nat) (* the rounds T *)
  (D : R) (* the largest weight D of a client *)
  (c : R) (* the odds c = 1/q − 1 that a client is idle, q the chance that it is active *)
  (n : nat) (* the number n = S − 1 of other models *)
  (R_ : R) (* R, at least (f_t/f_s)^(α−1) for every other model t in every round *)
  (phi : R) (* φ *)
  (E : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (g : nat -> R) (*  *)
  (V : nat -> R) (* V *)
  (norm2_a : nat -> R) (* ‖a‖² *)
  (norm2_t : nat -> R) (* ‖t‖² *)
  (norm2_v : nat -> R) (* ‖v‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (norm2_z : nat -> R) (* ‖z‖² *)
  (a_dot_t : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF : nat -> R) (* ⟨t,∇F⟩ *)
  (y_dot_z : nat -> R) (* ⟨y,z⟩ *)
  (V_ : nat -> nat -> R) (*  *)
  (norm2_b : nat -> R) (* ‖b‖² *)
  (norm2_c : nat -> R) (* ‖c‖² *)
  (norm2_t_ : nat -> R) (* ‖t‖² *)
  (norm2_v_ : nat -> R) (* ‖v‖² *)
  (norm2_chi : nat -> R) (* ‖χ‖² *)
  (b_dot_c : nat -> R) (* ⟨b,c⟩ *)
  (b_dot_chi : nat -> R) (* ⟨b,χ⟩ *)
  (b_dot_gradF : nat -> R) (* ⟨b,∇F⟩ *)
  (c_dot_chi : nat -> R) (* ⟨c,χ⟩ *)
  (c_dot_gradF : nat -> R) (* ⟨c,∇F⟩ *)
  (chi_dot_gradF : nat -> R) (* ⟨χ,∇F⟩ *)
  (V_2 : nat -> nat -> R) (*  *)
  (b_dot_m : nat -> R) (* ⟨b,m⟩ *)
  (norm2_a_ : nat -> R) (* ‖a‖² *)
  (norm2_t_2 : nat -> R) (* ‖t‖² *)
  (a_dot_t_ : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF_ : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_ : nat -> R) (* ⟨t,∇F⟩ *)
  (D_ : nat -> nat -> R) (*  *)
  (S_2 : nat -> nat -> R) (*  *)
  (norm2_Z : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_m : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> R) (* ‖y‖² *)
  (Z_dot_m : nat -> nat -> R) (* ⟨Z,m⟩ *)
  (A : nat -> nat -> R) (*  *)
  (V_2_ : nat -> nat -> R) (*  *)
  (norm2_Z_ : nat -> nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi : nat -> nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi : nat -> nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (norm2_m_ : nat -> nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_2 : nat -> nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> nat -> R) (* ⟨m,y⟩ *)
  (norm2_Z_2 : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi_ : nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi_ : nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (b_dot_m_ : nat -> R) (* ⟨b,m⟩ *)
  (norm2_Z_3 : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi_2 : nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi_2 : nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (norm2_a_2 : nat -> R) (* ‖a‖² *)
  (norm2_t_3 : nat -> R) (* ‖t‖² *)
  (a_dot_t_2 : nat -> R) (* ⟨a,t⟩ *)
  (a_dot_gradF_2 : nat -> R) (* ⟨a,∇F⟩ *)
  (t_dot_gradF_2 : nat -> R) (* ⟨t,∇F⟩ *)
  (D_2 : nat -> nat -> R) (*  *)
  (S_2_ : nat -> nat -> R) (*  *)
  (norm2_Z_4 : nat -> nat -> R) (* ‖Z‖² *)
  (norm2_m_2 : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_3 : nat -> nat -> R) (* ‖y‖² *)
  (Z_dot_m_ : nat -> nat -> R) (* ⟨Z,m⟩ *)
  (A_ : nat -> nat -> R) (*  *)
  (V_3 : nat -> nat -> R) (*  *)
  (norm2_Z_5 : nat -> nat -> nat -> R) (* ‖Z‖² *)
  (norm2_xi_3 : nat -> nat -> nat -> R) (* ‖ξ‖² *)
  (Z_dot_xi_3 : nat -> nat -> nat -> R) (* ⟨Z,ξ⟩ *)
  (norm2_m_3 : nat -> nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_4 : nat -> nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y_ : nat -> nat -> nat -> R) (* ⟨m,y⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the local step η *)
  (eta_sign : 0 < eta)
  (* range: the local steps K *)
  (K_sign : 0 < INR K)
  (* range: the step γ of a round *)
  (gamma_sign : 0 < gamma)
  (* range: ζ², at least Σ d_i‖∇f_i − ∇F‖² on the path *)
  (zeta2_sign : 0 <= zeta2)
  (* range: σ², at least Σ d_i σ_i², σ_i² the noise of one local gradient *)
  (sigma2_sign : 0 <= sigma2)
  (* range: N, at least Σ d_i² σ_i², with the weights squared *)
  (N_sign : 0 <= N)
  (* range: F(x_0) − F_inf *)
  (F0_sign : 0 <= F0)
  (* range: the largest weight D of a client *)
  (D_sign : 0 < D)
  (* range: the odds c = 1/q − 1 that a client is idle, q the chance that it is active *)
  (c_sign : 0 < c)
  (* range: R, at least (f_t/f_s)^(α−1) for every other model t in every round *)
  (R_sign : 0 <= R_)
  (* condition: K >= 1 *)
  (in_range_K_1 : 1 <= INR K)
  (* condition: 3ηLK <= 1 *)
  (in_range_3etaLK_1 : 3 * INR K * L * eta <= 1)
  (* condition: 2γL <= 1 *)
  (in_range_2gammaL_1 : 2 * L * gamma <= 1)
  (* condition: T >= 1 *)
  (in_range_T_1 : 1 <= INR T)
  (* condition: 18γLκ <= 1, κ = D(c + nR(1 + c)) *)
  (in_range_18gammaLkappa_1_kappa_D_c_nR_1_c : 18 * D * L * gamma * (R_ * INR n * (c + 1) + c) <= 1)
  (* assumed: start: F(x_0) − F_inf is at most F₀ (of theorem fedavg_weights_sum, cited for
      'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_start : E O <= F0)
  (* assumed: no gradient yet: S(0) is an empty sum (of theorem fedavg_weights_sum, cited for
      'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_no_gradient_yet : S_ O = 0)
  (* squared norm: E(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_E_T_sign : forall T : nat, 0 <= E T)
  (* squared norm: g(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_g_T_sign : forall T : nat, 0 <= g T)
  (* squared norm: V is not negative, being a squared norm, a mean of them or an excess (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_V_sign : forall T : nat, 0 <= (V T))
  (* assumed: smoothness: descent lemma, F is L-smooth (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_smoothness : forall T : nat, (E (S T)) + gamma * (g T) + gamma * (b_dot_gradF T) + gamma *
      (c_dot_gradF T) + gamma * (chi_dot_gradF T) <= (E T) + L * ((norm2_b T) * gamma ^ 2 + (norm2_c
      T) * gamma ^ 2 + (norm2_chi T) * gamma ^ 2 + (g T) * gamma ^ 2 + 2 * (b_dot_c T) * gamma ^ 2 +
      2 * (b_dot_chi T) * gamma ^ 2 + 2 * (b_dot_gradF T) * gamma ^ 2 + 2 * (c_dot_chi T) * gamma ^
      2 + 2 * (c_dot_gradF T) * gamma ^ 2 + 2 * (chi_dot_gradF T) * gamma ^ 2) / 2)
  (* assumed: unbiased, against ∇F: b has mean zero and ∇F is fixed before the draw (of theorem
      fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_unbiased_against_gradF : forall T : nat, (b_dot_gradF T) = 0)
  (* assumed: unbiased, against ∇F: χ has mean zero and ∇F is fixed before the draw (of theorem
      fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_unbiased_against_gradF_ : forall T : nat, (chi_dot_gradF T) = 0)
  (* assumed: unbiased, against b + c: χ has mean zero and b + c is fixed before the draw (of
      theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_unbiased_against_b_c : forall T : nat, (b_dot_chi T) + (c_dot_chi T) = 0)
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_t2_sign : forall T : nat, 0 <= (norm2_t_ T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of t') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_mean : forall T : nat, (b_dot_m T) = (norm2_c T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of t')
      (of theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum')
      (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_square : forall T : nat, 0 <= (norm2_t_ T) + (norm2_c T) - 2 * (b_dot_m T))
  (* assumed: smoothness: every f_i is L-smooth (of theorem fedavg_round, cited for 'fedavg_round')
      (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_smoothness_ : forall T : nat, (norm2_t_ T) <= (norm2_v_ T) * L ^ 2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_S_sign : forall T : nat, forall n : nat, 0 <= (S_2 T) n)
  (* assumed: no step: an empty sum (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_no_step : forall T : nat, (D_ T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_so_far : forall T : nat, forall n : nat, (A T) n = ((norm2_m T) n))
  (* assumed: the noises: Z is the sum of n noises (of theorem local_path, cited for 'local_path')
      (of theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_the_noises : forall T : nat, forall n : nat, (V_2_ T) n = ((norm2_Z T) n))
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_empty_sum : forall T : nat, (V_2_ T) O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_so_far_ : forall T : nat, forall n : nat, forall k : nat, (V_2_ T) k = (((norm2_Z_ T) n) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_one_more : forall T : nat, forall n : nat, forall k : nat, (V_2_ T) (S k) = (((norm2_Z_ T) n)
      k) + (((norm2_xi T) n) k) + 2 * (((Z_dot_xi T) n) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_unbiased_against_Z : forall T : nat, forall n : nat, forall k : nat, (((Z_dot_xi T) n) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_variance : forall T : nat, forall n : nat, forall k : nat, (((norm2_xi T) n) k) <= sigma2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      (of theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum')
      (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_S_sign_ : forall T : nat, forall i : nat, 0 <= (S_2 T) i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      (of theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum')
      (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_no_update : forall T : nat, (S_2 T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_so_far_2 : forall T : nat, forall n : nat, forall i : nat, (A T) i = (((norm2_m_ T) n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_one_more_ : forall T : nat, forall n : nat, forall i : nat, (A T) (S i) = (((norm2_m_ T) n) i)
      * (INR i) ^ 2 / (INR i + 1) ^ 2 + 2 * INR i * (((m_dot_y T) n) i) / (INR i + 1) ^ 2 +
      (((norm2_y_2 T) n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_S_n_1 : forall T : nat, forall n : nat, forall i : nat, (S_2 T) (S i) = (((norm2_y_2 T) n) i) +
      (S_2 T) i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_square_ : forall T : nat, forall n : nat, forall i : nat, 0 <= (((norm2_m_ T) n) i) +
      (((norm2_y_2 T) n) i) - 2 * (((m_dot_y T) n) i))
  (* assumed: S(n + 1): one more square (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_S_n_1_ : forall T : nat, forall n : nat, (S_2 T) (S n) = ((norm2_y_ T) n) + (S_2 T) n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem local_path,
      cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation') (of theorem
      fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_D_n_1 : forall T : nat, forall n : nat, (D_ T) (S n) = eta ^ 2 * (((norm2_m T) n) * (INR n) ^ 2
      + 2 * INR n * ((Z_dot_m T) n) + ((norm2_Z T) n)) + (D_ T) n)
  (* squared norm: a squared norm: ‖-Z + m*n‖² (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_square_2 : forall T : nat, forall n : nat, 0 <= ((norm2_m T) n) * (INR n) ^ 2 + ((norm2_Z T) n)
      - 2 * INR n * ((Z_dot_m T) n))
  (* squared norm: a squared norm: ‖y‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_square_2_ : forall T : nat, forall n : nat, 0 <= ((norm2_y_ T) n))
  (* assumed: the path: a mean over K steps (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_the_path : forall T : nat, (D_ T) K = INR K * (norm2_v_ T))
  (* assumed: the gradients: ∇f_i(w) = t + a + ∇F(x), a mean over K steps (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_the_gradients : forall T : nat, (S_2 T) K = INR K * ((norm2_a_ T) + (norm2_t_2 T) + (g T) + 2 *
      (a_dot_t_ T) + 2 * (a_dot_gradF_ T) + 2 * (t_dot_gradF_ T)))
  (* assumed: smoothness: every f_i is L-smooth (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_smoothness_2 : forall T : nat, (norm2_t_2 T) <= (norm2_v_ T) * L ^ 2)
  (* assumed: mean gradient: Σ d_i ∇f_i(x) = ∇F(x), and it is the same for all (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_mean_gradient : forall T : nat, (a_dot_gradF_ T) = 0)
  (* assumed: dissimilarity: Σ d_i‖∇f_i − ∇F‖² <= ζ² (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_dissimilarity : forall T : nat, (norm2_a_ T) <= zeta2)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_square_3 : forall T : nat, 0 <= (norm2_a_ T) + (norm2_t_2 T) + (g T) + 2 * (a_dot_gradF_ T) - 2
      * (a_dot_t_ T) - 2 * (t_dot_gradF_ T))
  (* assumed: the mean noise: b is the mean of K noises Σ d_i ν (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_the_mean_noise : forall T : nat, (norm2_b T) = (V_2 T) K / (INR K) ^ 2)
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_empty_sum_ : forall T : nat, (V_2 T) O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_so_far_3 : forall T : nat, forall k : nat, (V_2 T) k = ((norm2_Z_2 T) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_round, cited for 'fedavg_round') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_one_more_2 : forall T : nat, forall k : nat, (V_2 T) (S k) = ((norm2_Z_2 T) k) + ((norm2_xi_ T)
      k) + 2 * ((Z_dot_xi_ T) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem fedavg_round, cited for 'fedavg_round') (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_unbiased_against_Z_ : forall T : nat, forall k : nat, ((Z_dot_xi_ T) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_variance_ : forall T : nat, forall k : nat, ((norm2_xi_ T) k) <= N)
  (* assumed: the draw: E‖χ‖² <= V (of theorem fedavg_round, cited for 'fedavg_round') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_the_draw : forall T : nat, (norm2_chi T) <= (V T))
  (* squared norm: a squared norm: ‖c + ∇F‖² (of theorem fedavg_round, cited for 'fedavg_round') (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_square_4 : forall T : nat, 0 <= (norm2_c T) + (g T) + 2 * (c_dot_gradF T))
  (* squared norm: a squared norm: ‖-b + c + ∇F‖² (of theorem fedavg_round, cited for
      'fedavg_round') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_square_5 : forall T : nat, 0 <= (norm2_b T) + (norm2_c T) + (g T) + 2 * (c_dot_gradF T) - 2 *
      (b_dot_c T) - 2 * (b_dot_gradF T))
  (* assumed: weights: E‖Σ (P_i − d_i)G_i‖² <= κ Σ d_i‖G_i‖², G_i = y + z (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_weights : forall T : nat, (V T) <= (D * (R_ * INR n * (c + 1) + c)) * ((norm2_y T) + (norm2_z
      T) + 2 * (y_dot_z T)))
  (* squared norm: ‖a‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_a2_sign : forall T : nat, 0 <= (norm2_a T))
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_t2_sign_ : forall T : nat, 0 <= (norm2_t T))
  (* squared norm: ⟨a,t⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_a_t_sign : forall T : nat, 0 <= (a_dot_t T))
  (* squared norm: ⟨a,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_a_gradF_sign : forall T : nat, 0 <= (a_dot_gradF T))
  (* squared norm: ⟨t,∇F⟩ is not negative, being a squared norm, a mean of them or an excess (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_t_gradF_sign : forall T : nat, 0 <= (t_dot_gradF T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean of K gradients') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_mean_ : forall T : nat, (b_dot_m_ T) = (norm2_y T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean of K
      gradients') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_square_6 : forall T : nat, 0 <= ((norm2_a T) + (norm2_t T) + (g T) + 2 * (a_dot_t T) + 2 *
      (a_dot_gradF T) + 2 * (t_dot_gradF T)) + (norm2_y T) - 2 * (b_dot_m_ T))
  (* assumed: a client's noise: z is the mean of K noises (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum')
      (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_a_client_s_noise : forall T : nat, (norm2_z T) = (V_ T) K / (INR K) ^ 2)
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_empty_sum_2 : forall T : nat, (V_ T) O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_so_far_4 : forall T : nat, forall k : nat, (V_ T) k = ((norm2_Z_3 T) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_one_more_3 : forall T : nat, forall k : nat, (V_ T) (S k) = ((norm2_Z_3 T) k) + ((norm2_xi_2 T)
      k) + 2 * ((Z_dot_xi_2 T) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_unbiased_against_Z_2 : forall T : nat, forall k : nat, ((Z_dot_xi_2 T) k) = 0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_variance_2 : forall T : nat, forall k : nat, ((norm2_xi_2 T) k) <= sigma2)
  (* assumed: smoothness: every f_i is L-smooth (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_smoothness_3 : forall T : nat, (norm2_t T) <= (norm2_v T) * L ^ 2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_S_sign_2 : forall T : nat, forall n : nat, 0 <= (S_2_ T) n)
  (* assumed: no step: an empty sum (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_no_step_ : forall T : nat, (D_2 T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum')
      (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_so_far_5 : forall T : nat, forall n : nat, (A_ T) n = ((norm2_m_2 T) n))
  (* assumed: the noises: Z is the sum of n noises (of theorem local_path, cited for 'local_path')
      (of theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round,
      cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for
      'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_the_noises_ : forall T : nat, forall n : nat, (V_3 T) n = ((norm2_Z_4 T) n))
  (* assumed: empty sum: the sum of no noises is 0 (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_empty_sum_3 : forall T : nat, (V_3 T) O = 0)
  (* assumed: so far: Z is their sum so far (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_so_far_6 : forall T : nat, forall n : nat, forall k : nat, (V_3 T) k = (((norm2_Z_5 T) n) k))
  (* assumed: one more: ξ is the next noise (of theorem batch_sum, cited for 'batch_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_one_more_4 : forall T : nat, forall n : nat, forall k : nat, (V_3 T) (S k) = (((norm2_Z_5 T) n)
      k) + (((norm2_xi_3 T) n) k) + 2 * (((Z_dot_xi_3 T) n) k))
  (* assumed: unbiased, against Z: ξ has mean zero and Z is fixed before the draw (of theorem
      batch_sum, cited for 'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_unbiased_against_Z_3 : forall T : nat, forall n : nat, forall k : nat, (((Z_dot_xi_3 T) n) k) =
      0)
  (* assumed: variance: the variance of one sample is at most σ² (of theorem batch_sum, cited for
      'batch_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_variance_3 : forall T : nat, forall n : nat, forall k : nat, (((norm2_xi_3 T) n) k) <= sigma2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_S_sign_3 : forall T : nat, forall i : nat, 0 <= (S_2_ T) i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      local_path, cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation')
      (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem
      fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_no_update_ : forall T : nat, (S_2_ T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_so_far_2_ : forall T : nat, forall n : nat, forall i : nat, (A_ T) i = (((norm2_m_3 T) n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem local_path, cited for 'local_path') (of theorem local_deviation,
      cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_one_more_5 : forall T : nat, forall n : nat, forall i : nat, (A_ T) (S i) = (((norm2_m_3 T) n)
      i) * (INR i) ^ 2 / (INR i + 1) ^ 2 + 2 * INR i * (((m_dot_y_ T) n) i) / (INR i + 1) ^ 2 +
      (((norm2_y_4 T) n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_S_n_1_2 : forall T : nat, forall n : nat, forall i : nat, (S_2_ T) (S i) = (((norm2_y_4 T) n)
      i) + (S_2_ T) i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem local_path, cited for 'local_path') (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_square_7 : forall T : nat, forall n : nat, forall i : nat, 0 <= (((norm2_m_3 T) n) i) +
      (((norm2_y_4 T) n) i) - 2 * (((m_dot_y_ T) n) i))
  (* assumed: S(n + 1): one more square (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_S_n_1_3 : forall T : nat, forall n : nat, (S_2_ T) (S n) = ((norm2_y_3 T) n) + (S_2_ T) n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem local_path,
      cited for 'local_path') (of theorem local_deviation, cited for 'local_deviation') (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_D_n_1_ : forall T : nat, forall n : nat, (D_2 T) (S n) = eta ^ 2 * (((norm2_m_2 T) n) * (INR n)
      ^ 2 + 2 * INR n * ((Z_dot_m_ T) n) + ((norm2_Z_4 T) n)) + (D_2 T) n)
  (* squared norm: a squared norm: ‖-Z + m*n‖² (of theorem local_path, cited for 'local_path') (of
      theorem local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited
      for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum')
      (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_square_8 : forall T : nat, forall n : nat, 0 <= ((norm2_m_2 T) n) * (INR n) ^ 2 + ((norm2_Z_4
      T) n) - 2 * INR n * ((Z_dot_m_ T) n))
  (* squared norm: a squared norm: ‖y‖² (of theorem local_path, cited for 'local_path') (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_square_2_2 : forall T : nat, forall n : nat, 0 <= ((norm2_y_3 T) n))
  (* assumed: the path: a mean over K steps (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_the_path_ : forall T : nat, (D_2 T) K = INR K * (norm2_v T))
  (* assumed: the gradients: ∇f_i(w) = t + a + ∇F(x), a mean over K steps (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_the_gradients_ : forall T : nat, (S_2_ T) K = INR K * ((norm2_a_2 T) + (norm2_t_3 T) + (g T) +
      2 * (a_dot_t_2 T) + 2 * (a_dot_gradF_2 T) + 2 * (t_dot_gradF_2 T)))
  (* assumed: smoothness: every f_i is L-smooth (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_smoothness_4 : forall T : nat, (norm2_t_3 T) <= (norm2_v T) * L ^ 2)
  (* assumed: mean gradient: Σ d_i ∇f_i(x) = ∇F(x), and it is the same for all (of theorem
      local_deviation, cited for 'local_deviation') (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_mean_gradient_ : forall T : nat, (a_dot_gradF_2 T) = 0)
  (* assumed: dissimilarity: Σ d_i‖∇f_i − ∇F‖² <= ζ² (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_dissimilarity_ : forall T : nat, (norm2_a_2 T) <= zeta2)
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem local_deviation, cited for
      'local_deviation') (of theorem fedavg_weights_round, cited for 'fedavg_weights_round') (of
      theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of theorem fedavg_weights, cited
      for 'fedavg_weights') *)
  (H_square_3_ : forall T : nat, 0 <= (norm2_a_2 T) + (norm2_t_3 T) + (g T) + 2 * (a_dot_gradF_2 T)
      - 2 * (a_dot_t_2 T) - 2 * (t_dot_gradF_2 T))
  (* assumed: mean gradient: Σ d_i ∇f_i(x) = ∇F(x), and it is the same for all (of theorem
      fedavg_weights_round, cited for 'fedavg_weights_round') (of theorem fedavg_weights_sum, cited
      for 'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_mean_gradient_2 : forall T : nat, (a_dot_gradF T) = 0)
  (* assumed: dissimilarity: Σ d_i‖∇f_i − ∇F‖² <= ζ² (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_dissimilarity_2 : forall T : nat, (norm2_a T) <= zeta2)
  (* squared norm: a squared norm: ‖y - z‖² (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_square_9 : forall T : nat, 0 <= (norm2_y T) + (norm2_z T) - 2 * (y_dot_z T))
  (* squared norm: a squared norm: ‖-a + t - ∇F‖² (of theorem fedavg_weights_round, cited for
      'fedavg_weights_round') (of theorem fedavg_weights_sum, cited for 'fedavg_weights_sum') (of
      theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_square_10 : forall T : nat, 0 <= (norm2_a T) + (norm2_t T) + (g T) + 2 * (a_dot_gradF T) - 2 *
      (a_dot_t T) - 2 * (t_dot_gradF T))
  (* assumed: one more gradient: S(T + 1) adds E‖∇F(x_T)‖² (of theorem fedavg_weights_sum, cited for
      'fedavg_weights_sum') (of theorem fedavg_weights, cited for 'fedavg_weights') *)
  (H_one_more_gradient : forall T : nat, S_ (S T) = S_ T + g T)
  (* assumed: mean gradient: φ is the mean of E‖∇F(x_t)‖² (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_mean_gradient_3 : phi = S_ T / INR T)
  (* assumed: F >= F_inf: F_inf is a lower bound (of theorem fedavg_weights, cited for
      'fedavg_weights') *)
  (H_F_F_inf : 0 <= E T)
  : phi <= 6 * F0 / (INR T * gamma) + 4 * L ^ 2 * eta ^ 2 * (INR K - 1) * (2 * INR K * zeta2 +
      sigma2) + 6 * L * gamma * (3 * D * (R_ * INR n * (c + 1) + c) * (zeta2 + sigma2 / (2 * INR K))
      + N / INR K).
Proof.
  pose proof (pos_INR K).
  pose proof (pos_INR T).
  pose proof (pos_INR n).
  assert (exists omega_slack, 0 <= omega_slack /\ omega_slack = INR K - 1)
    as [omega_slack [omega_slack_sign omega_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR K - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / (3 * INR K * L * eta) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 3) / ((INR K) * L * eta)) * (1 - (3 * INR K * L * eta))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists j_slack, 0 <= j_slack /\ j_slack = 1 / (2 * L * gamma) - 1)
    as [j_slack [j_slack_sign j_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 2) / (L * gamma)) * (1 - (2 * L * gamma))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists u_slack, 0 <= u_slack /\ u_slack = INR T - 1)
    as [u_slack [u_slack_sign u_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR T - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists o_slack, 0 <= o_slack /\ o_slack = 1 / (18 * D * L * gamma * (R_ * INR n * (c + 1)
      + c)) - 1)
    as [o_slack [o_slack_sign o_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 18) / (D * L * gamma * (R_ * c * INR n + R_ * INR n + c))) * (1 - (18 * D * L *
        gamma * (R_ * INR n * (c + 1) + c)))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_K : INR K = omega_slack + 1).
  { rewrite ?omega_slack_def. identity. }
  assert (chart_eta : eta = 1 / (3 * L * (s_slack + 1) * (omega_slack + 1))).
  { rewrite ?omega_slack_def, ?s_slack_def. identity. }
  assert (chart_gamma : gamma = 1 / (2 * L * (j_slack + 1))).
  { rewrite ?j_slack_def. identity. }
  assert (chart_T : INR T = u_slack + 1).
  { rewrite ?u_slack_def. identity. }
  assert (chart_D : D = (j_slack + 1) / ((9 * o_slack + 9) * (R_ * INR n * (c + 1) + c))).
  { rewrite ?j_slack_def, ?o_slack_def. identity. }
  {
  assert (fact_1 : 0 <= 6 * F0 / (INR T * gamma) + 4 * L ^ 2 * eta ^ 2 * (INR K - 1) * (2 * INR K *
      zeta2 + sigma2) + 6 * L * gamma * (3 * (D * (R_ * INR n * (c + 1) + c)) * (zeta2 + sigma2 / (2
      * INR K)) + N / INR K) - phi).
  { apply room.
  refine ((fedavg_weights L eta K gamma zeta2 sigma2 N (D * (R_ * INR n * (c + 1) + c)) F0 T phi E
      S_ g V norm2_a norm2_t norm2_v norm2_y norm2_z a_dot_t a_dot_gradF t_dot_gradF y_dot_z V_
      norm2_b norm2_c norm2_t_ norm2_v_ norm2_chi b_dot_c b_dot_chi b_dot_gradF c_dot_chi
      c_dot_gradF chi_dot_gradF V_2 b_dot_m norm2_a_ norm2_t_2 a_dot_t_ a_dot_gradF_ t_dot_gradF_ D_
      S_2 norm2_Z norm2_m norm2_y_ Z_dot_m A V_2_ norm2_Z_ norm2_xi Z_dot_xi norm2_m_ norm2_y_2
      m_dot_y norm2_Z_2 norm2_xi_ Z_dot_xi_ b_dot_m_ norm2_Z_3 norm2_xi_2 Z_dot_xi_2 norm2_a_2
      norm2_t_3 a_dot_t_2 a_dot_gradF_2 t_dot_gradF_2 D_2 S_2_ norm2_Z_4 norm2_m_2 norm2_y_3
      Z_dot_m_ A_ V_3 norm2_Z_5 norm2_xi_3 Z_dot_xi_3 norm2_m_3 norm2_y_4 m_dot_y_ _ _ _ _ _ _ _ _ _
      _ _ _ _ _ H_start H_no_gradient_yet H_E_T_sign H_g_T_sign H_V_sign H_smoothness
      H_unbiased_against_gradF H_unbiased_against_gradF_ H_unbiased_against_b_c H_t2_sign H_mean
      H_square H_smoothness_ H_S_sign H_no_step H_so_far H_the_noises H_empty_sum H_so_far_
      H_one_more H_unbiased_against_Z H_variance H_S_sign_ H_no_update H_so_far_2 H_one_more_
      H_S_n_1 H_square_ H_S_n_1_ H_D_n_1 H_square_2 H_square_2_ H_the_path H_the_gradients
      H_smoothness_2 H_mean_gradient H_dissimilarity H_square_3 H_the_mean_noise H_empty_sum_
      H_so_far_3 H_one_more_2 H_unbiased_against_Z_ H_variance_ H_the_draw H_square_4 H_square_5
      H_weights H_a2_sign H_t2_sign_ H_a_t_sign H_a_gradF_sign H_t_gradF_sign H_mean_ H_square_6
      H_a_client_s_noise H_empty_sum_2 H_so_far_4 H_one_more_3 H_unbiased_against_Z_2 H_variance_2
      H_smoothness_3 H_S_sign_2 H_no_step_ H_so_far_5 H_the_noises_ H_empty_sum_3 H_so_far_6
      H_one_more_4 H_unbiased_against_Z_3 H_variance_3 H_S_sign_3 H_no_update_ H_so_far_2_
      H_one_more_5 H_S_n_1_2 H_square_7 H_S_n_1_3 H_D_n_1_ H_square_8 H_square_2_2 H_the_path_
      H_the_gradients_ H_smoothness_4 H_mean_gradient_ H_dissimilarity_ H_square_3_
      H_mean_gradient_2 H_dissimilarity_2 H_square_9 H_square_10 H_one_more_gradient
      H_mean_gradient_3 H_F_F_inf)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize eta_sign. cbn [INR]. lra. }
  { generalize K_sign. cbn [INR]. lra. }
  { generalize gamma_sign. cbn [INR]. lra. }
  { generalize zeta2_sign. cbn [INR]. lra. }
  { generalize sigma2_sign. cbn [INR]. lra. }
  { generalize N_sign. cbn [INR]. lra. }
  { rewrite ?chart_K, ?chart_eta, ?chart_gamma, ?chart_T, ?chart_D. written ((1 / 9) * (j_slack + 1)
      / (o_slack + 1)). sign. }
  { generalize F0_sign. cbn [INR]. lra. }
  { generalize in_range_K_1. cbn [INR]. lra. }
  { generalize in_range_3etaLK_1. cbn [INR]. lra. }
  { generalize in_range_2gammaL_1. cbn [INR]. lra. }
  { generalize in_range_18gammaLkappa_1_kappa_D_c_nR_1_c. cbn [INR]. lra. }
  { generalize in_range_T_1. cbn [INR]. lra. } }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((6 * F0 / (INR T * gamma) + 4 * L ^ 2 * eta ^
      2 * (INR K - 1) * (2 * INR K * zeta2 + sigma2) + 6 * L * gamma * (3 * (D * (R_ * INR n * (c +
      1) + c)) * (zeta2 + sigma2 / (2 * INR K)) + N / INR K) - phi)) by identity end.
  parts.
  }
Qed.

Print Assumptions fair_rounds.
