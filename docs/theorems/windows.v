(* Clients in turns reach a small gradient, up to the bias of a window. *)
(* F = Σ d_i f_i, every f_i is L-smooth; in round k of a window of P, that begins at x, x_{k+1} =
    x_k − γ Σ q_{k,i} ∇f_i(x_k), q >= 0 of sum 1; products are means over the rounds of a window,
    and expectations: b = ∇f_i(x_k) − ∇f_i(x) and, over clients, t = Σ q b and u = Σ (q − d)∇f_i(x),
    v = x_k − x; ū and t̄ are the means of u and t over the window. S(T) = Σ_{t<T} E‖∇F(x_t)‖² over
    the points at which windows begin, E(T) = E F(x_T) − F_inf; c = γP/4. *)
(* Reference: Wang and Ji (NeurIPS 2022), theorem 3.1. *)

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

(* How far a client moves in its local steps, without noise *)
Lemma exact_path
  (eta : R) (* the step size η *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (A : nat -> R) (*  *)
  (D : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (norm2_m_ : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> R) (* ⟨m,y⟩ *)
  (* range: the step size η *)
  (eta_sign : 0 < eta)
  (* range: S(n), the sum of E‖y_j‖² *)
  (S_sign : forall n : nat, 0 <= S_ n)
  (* assumed: no step: an empty sum *)
  (H_no_step : D O = 0)
  (* assumed: so far: m is the mean so far *)
  (H_so_far : forall n : nat, A n = (norm2_m n))
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') *)
  (H_S_sign : forall i : nat, 0 <= S_ i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') *)
  (H_no_update : S_ O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') *)
  (H_so_far_ : forall n : nat, forall i : nat, A i = ((norm2_m_ n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') *)
  (H_one_more : forall n : nat, forall i : nat, A (S i) = ((norm2_m_ n) i) * (INR i) ^ 2 / (INR i +
      1) ^ 2 + 2 * INR i * ((m_dot_y n) i) / (INR i + 1) ^ 2 + ((norm2_y_ n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') *)
  (H_S_n_1 : forall n : nat, forall i : nat, S_ (S i) = ((norm2_y_ n) i) + S_ i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') *)
  (H_square : forall n : nat, forall i : nat, 0 <= ((norm2_m_ n) i) + ((norm2_y_ n) i) - 2 *
      ((m_dot_y n) i))
  (* assumed: S(n + 1): one more square *)
  (H_S_n_1_ : forall n : nat, S_ (S n) = (norm2_y n) + S_ n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) *)
  (H_D_n_1 : forall n : nat, D (S n) = (norm2_m n) * (INR n) ^ 2 * eta ^ 2 + D n)
  (* squared norm: a squared norm: ‖y‖² *)
  (H_square_ : forall n : nat, 0 <= (norm2_y n))
  : forall n : nat, D n <= INR n * eta ^ 2 * (INR n - 1) * S_ n / 2.
Proof.
  assert (every : forall n : nat, D n <= INR n * eta ^ 2 * (INR n - 1) * S_ n / 2).
  { intro n. induction n as [| n hypothesis].
  - (* base, n = 0 *) assert (goal : D O <= 0 * eta ^ 2 * (0 - 1) * S_ O / 2).
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
      * S_ (S n) / 2).
  {
  pose proof (pos_INR n) as index_sign.
  pose proof (S_sign n).
  assert (fact_1 : A n - (norm2_m n) = 0).
  { exact (same _ _ (H_so_far n)). }
  assert (part_1 := times_zero ((INR n) ^ 2 * eta ^ 2) _ fact_1).
  assert (fact_2 : 0 <= S_ n - (INR n * A n)).
  { apply room.
  refine ((squared_sum (norm2_m_ n) (norm2_y_ n) (m_dot_y n) A S_ H_S_sign H_no_update (H_so_far_ n)
      (H_one_more n) (H_S_n_1 n) (H_square n) n)). }
  assert (multiplier_2 : 0 <= INR n * eta ^ 2).
  { written ((INR n) * eta ^ 2). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : S_ (S n) - ((norm2_y n) + S_ n) = 0).
  { exact (same _ _ (H_S_n_1_ n)). }
  assert (part_3 := times_zero (INR n * eta ^ 2 * (INR n + 1) / 2) _ fact_3).
  assert (fact_4 : D (S n) - ((norm2_m n) * (INR n) ^ 2 * eta ^ 2 + D n) = 0).
  { exact (same _ _ (H_D_n_1 n)). }
  assert (part_4 := times_zero (- 1) _ fact_4).
  assert (fact_5 : 0 <= INR n * eta ^ 2 * (INR n - 1) * S_ n / 2 - (D n)).
  { exact (room _ _ hypothesis). }
  assert (fact_6 : 0 <= (norm2_y n)).
  { exact (H_square_ n). }
  assert (multiplier_6 : 0 <= INR n * eta ^ 2 * (INR n + 1) / 2).
  { written ((1 / 2) * (INR n) * (INR n + 1) * eta ^ 2). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (((INR n) ^ 2 * eta ^ 2) * (A n - (norm2_m n))
      + (INR n * eta ^ 2) * (S_ n - (INR n * A n)) + (INR n * eta ^ 2 * (INR n + 1) / 2) * (S_ (S n)
      - ((norm2_y n) + S_ n)) + (- 1) * (D (S n) - ((norm2_m n) * (INR n) ^ 2 * eta ^ 2 + D n)) +
      (INR n * eta ^ 2 * (INR n - 1) * S_ n / 2 - (D n)) + (INR n * eta ^ 2 * (INR n + 1) / 2) *
      (norm2_y n)) by identity end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro n. exact (every n).
Qed.

(* How far a window of biased rounds leads from where it began *)
Lemma window_deviation
  (L : R) (* the smoothness L of every client's f_i *)
  (gamma : R) (* the step size γ *)
  (P : nat) (* the rounds P of a window *)
  (norm2_gradF : R) (* ‖∇F(x)‖² *)
  (nu2 : R) (* ν², at least the mean of E‖u_k‖² over a window *)
  (delta2 : R) (* δ², at least E‖(1/P) Σ_k u_k‖² *)
  (norm2_b : R) (* ‖b‖² *)
  (norm2_t : R) (* ‖t‖² *)
  (norm2_u : R) (* ‖u‖² *)
  (norm2_v : R) (* ‖v‖² *)
  (norm2_u_bar : R) (* ‖ū‖² *)
  (t_dot_u : R) (* ⟨t,u⟩ *)
  (t_dot_gradF : R) (* ⟨t,∇F⟩ *)
  (u_dot_gradF : R) (* ⟨u,∇F⟩ *)
  (u_bar_dot_gradF : R) (* ⟨ū,∇F⟩ *)
  (D : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (A : nat -> R) (*  *)
  (norm2_m_ : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> R) (* ⟨m,y⟩ *)
  (b_dot_m : R) (* ⟨b,m⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the rounds P of a window *)
  (P_sign : 0 < INR P)
  (* range: ‖∇F(x)‖² *)
  (norm2_gradF_sign : 0 <= norm2_gradF)
  (* range: ν², at least the mean of E‖u_k‖² over a window *)
  (nu2_sign : 0 <= nu2)
  (* range: δ², at least E‖(1/P) Σ_k u_k‖² *)
  (delta2_sign : 0 <= delta2)
  (* condition: P >= 1 *)
  (in_range_P_1 : 1 <= INR P)
  (* condition: 3γLP <= 1 *)
  (in_range_3gammaLP_1 : 3 * L * INR P * gamma <= 1)
  (* range: S(n), the sum of E‖y_j‖² (of theorem exact_path, cited for 'exact_path') *)
  (H_S_sign : forall n : nat, 0 <= S_ n)
  (* assumed: no step: an empty sum (of theorem exact_path, cited for 'exact_path') *)
  (H_no_step : D O = 0)
  (* assumed: so far: m is the mean so far (of theorem exact_path, cited for 'exact_path') *)
  (H_so_far : forall n : nat, A n = (norm2_m n))
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') *)
  (H_S_sign_ : forall i : nat, 0 <= S_ i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') *)
  (H_no_update : S_ O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') *)
  (H_so_far_ : forall n : nat, forall i : nat, A i = ((norm2_m_ n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem exact_path, cited for 'exact_path') *)
  (H_one_more : forall n : nat, forall i : nat, A (S i) = ((norm2_m_ n) i) * (INR i) ^ 2 / (INR i +
      1) ^ 2 + 2 * INR i * ((m_dot_y n) i) / (INR i + 1) ^ 2 + ((norm2_y_ n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') *)
  (H_S_n_1 : forall n : nat, forall i : nat, S_ (S i) = ((norm2_y_ n) i) + S_ i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') *)
  (H_square : forall n : nat, forall i : nat, 0 <= ((norm2_m_ n) i) + ((norm2_y_ n) i) - 2 *
      ((m_dot_y n) i))
  (* assumed: S(n + 1): one more square (of theorem exact_path, cited for 'exact_path') *)
  (H_S_n_1_ : forall n : nat, S_ (S n) = (norm2_y n) + S_ n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem exact_path,
      cited for 'exact_path') *)
  (H_D_n_1 : forall n : nat, D (S n) = (norm2_m n) * (INR n) ^ 2 * gamma ^ 2 + D n)
  (* squared norm: a squared norm: ‖y‖² (of theorem exact_path, cited for 'exact_path') *)
  (H_square_ : forall n : nat, 0 <= (norm2_y n))
  (* assumed: the path: a mean over P rounds *)
  (H_the_path : D P = INR P * norm2_v)
  (* assumed: the gradients: Σ q ∇f_i(x_k) = ∇F(x) + u + t, a mean over P rounds *)
  (H_the_gradients : S_ P = INR P * (norm2_t + norm2_u + norm2_gradF + 2 * t_dot_u + 2 * t_dot_gradF
      + 2 * u_dot_gradF))
  (* squared norm: ‖b‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_b2_sign : 0 <= norm2_b)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean over those who are there') *)
  (H_mean : b_dot_m = norm2_t)
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean over
      those who are there') *)
  (H_square_2 : 0 <= norm2_b + norm2_t - 2 * b_dot_m)
  (* assumed: smoothness: every f_i is L-smooth *)
  (H_smoothness : norm2_b <= norm2_v * L ^ 2)
  (* assumed: mean of u: ū is the mean of u over the window, and ∇F(x) the same for all rounds *)
  (H_mean_of_u : u_dot_gradF = u_bar_dot_gradF)
  (* assumed: bias of a window: E‖(1/P) Σ_k u_k‖² <= δ² *)
  (H_bias_of_a_window : norm2_u_bar <= delta2)
  (* assumed: bias of a round: E‖u_k‖² <= ν² on average *)
  (H_bias_of_a_round : norm2_u <= nu2)
  (* squared norm: a squared norm: ‖-t + u + ∇F‖² *)
  (H_square_3 : 0 <= norm2_t + norm2_u + norm2_gradF + 2 * u_dot_gradF - 2 * t_dot_u - 2 *
      t_dot_gradF)
  (* squared norm: a squared norm: ‖-ū + ∇F‖² *)
  (H_square_4 : 0 <= norm2_u_bar + norm2_gradF - 2 * u_bar_dot_gradF)
  : norm2_v <= 9 * INR P * gamma ^ 2 * (INR P - 1) * (delta2 + nu2 + 2 * norm2_gradF) / 8.
Proof.
  pose proof (pos_INR P).
  assert (exists o_slack, 0 <= o_slack /\ o_slack = INR P - 1)
    as [o_slack [o_slack_sign o_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR P - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / (3 * L * INR P * gamma) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 3) / (L * (INR P) * gamma)) * (1 - (3 * L * INR P * gamma))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_P : INR P = o_slack + 1).
  { rewrite ?o_slack_def. identity. }
  assert (chart_gamma : gamma = 1 / (3 * L * (o_slack + 1) * (s_slack + 1))).
  { rewrite ?o_slack_def, ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= INR P * gamma ^ 2 * (INR P - 1) * S_ P / 2 - (D P)).
  { apply room.
  refine ((exact_path gamma norm2_m norm2_y A D S_ norm2_m_ norm2_y_ m_dot_y _ H_S_sign H_no_step
      H_so_far H_S_sign_ H_no_update H_so_far_ H_one_more H_S_n_1 H_square H_S_n_1_ H_D_n_1
      H_square_ P)).
  { generalize gamma_sign. cbn [INR]. lra. } }
  assert (multiplier_1 : 0 <= - 1 / (INR P * (L ^ 2 * (INR P) ^ 2 * gamma ^ 2 - INR P * L ^ 2 *
      gamma ^ 2 - 1))).
  { rewrite ?chart_P, ?chart_gamma. written (9 * (s_slack + 1) ^ 2 / (9 * o_slack * s_slack ^ 2 + 18
      * o_slack * s_slack + 8 * o_slack + 9 * s_slack ^ 2 + 18 * s_slack + 9)). sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : D P - (INR P * norm2_v) = 0).
  { exact (same _ _ H_the_path). }
  assert (part_2 := times_zero (- 1 / (INR P * (L ^ 2 * (INR P) ^ 2 * gamma ^ 2 - INR P * L ^ 2 *
      gamma ^ 2 - 1))) _ fact_2).
  assert (fact_3 : S_ P - (INR P * (norm2_t + norm2_u + norm2_gradF + 2 * t_dot_u + 2 * t_dot_gradF
      + 2 * u_dot_gradF)) = 0).
  { exact (same _ _ H_the_gradients). }
  assert (part_3 := times_zero (gamma ^ 2 * (INR P - 1) / (2 * (L ^ 2 * (INR P) ^ 2 * gamma ^ 2 -
      INR P * L ^ 2 * gamma ^ 2 - 1))) _ fact_3).
  assert (fact_4 : 0 <= norm2_b - norm2_t).
  { apply room.
  refine ((mean_over_clients norm2_b norm2_t b_dot_m _ H_mean H_square_2)).
  { pose proof H_b2_sign. rewrite ?chart_P, ?chart_gamma. written ((norm2_b)). sign. } }
  assert (multiplier_4 : 0 <= - INR P * gamma ^ 2 * (INR P - 1) / (L ^ 2 * (INR P) ^ 2 * gamma ^ 2 -
      INR P * L ^ 2 * gamma ^ 2 - 1)).
  { rewrite ?chart_P, ?chart_gamma. written (o_slack / (L ^ 2 * (9 * o_slack * s_slack ^ 2 + 18 *
      o_slack * s_slack + 8 * o_slack + 9 * s_slack ^ 2 + 18 * s_slack + 9))). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (fact_5 : 0 <= norm2_v * L ^ 2 - norm2_b).
  { exact (room _ _ H_smoothness). }
  assert (multiplier_5 : 0 <= - INR P * gamma ^ 2 * (INR P - 1) / (L ^ 2 * (INR P) ^ 2 * gamma ^ 2 -
      INR P * L ^ 2 * gamma ^ 2 - 1)).
  { rewrite ?chart_P, ?chart_gamma. written (o_slack / (L ^ 2 * (9 * o_slack * s_slack ^ 2 + 18 *
      o_slack * s_slack + 8 * o_slack + 9 * s_slack ^ 2 + 18 * s_slack + 9))). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (fact_6 : u_dot_gradF - u_bar_dot_gradF = 0).
  { exact (same _ _ H_mean_of_u). }
  assert (part_6 := times_zero (2 * INR P * gamma ^ 2 * (INR P - 1) / (L ^ 2 * (INR P) ^ 2 * gamma ^
      2 - INR P * L ^ 2 * gamma ^ 2 - 1)) _ fact_6).
  assert (fact_7 : 0 <= delta2 - norm2_u_bar).
  { exact (room _ _ H_bias_of_a_window). }
  assert (multiplier_7 : 0 <= - INR P * gamma ^ 2 * (INR P - 1) / (L ^ 2 * (INR P) ^ 2 * gamma ^ 2 -
      INR P * L ^ 2 * gamma ^ 2 - 1)).
  { rewrite ?chart_P, ?chart_gamma. written (o_slack / (L ^ 2 * (9 * o_slack * s_slack ^ 2 + 18 *
      o_slack * s_slack + 8 * o_slack + 9 * s_slack ^ 2 + 18 * s_slack + 9))). sign. }
  assert (part_7 := Rmult_le_pos _ _ multiplier_7 fact_7).
  assert (fact_8 : 0 <= nu2 - norm2_u).
  { exact (room _ _ H_bias_of_a_round). }
  assert (multiplier_8 : 0 <= - INR P * gamma ^ 2 * (INR P - 1) / (L ^ 2 * (INR P) ^ 2 * gamma ^ 2 -
      INR P * L ^ 2 * gamma ^ 2 - 1)).
  { rewrite ?chart_P, ?chart_gamma. written (o_slack / (L ^ 2 * (9 * o_slack * s_slack ^ 2 + 18 *
      o_slack * s_slack + 8 * o_slack + 9 * s_slack ^ 2 + 18 * s_slack + 9))). sign. }
  assert (part_8 := Rmult_le_pos _ _ multiplier_8 fact_8).
  assert (fact_9 : 0 <= INR P * gamma ^ 2 * (INR P - 1) * (9 / 8 - 1 / (1 - INR P * L ^ 2 * gamma ^
      2 * (INR P - 1))) * (delta2 + nu2 + 2 * norm2_gradF)).
  { rewrite ?chart_P, ?chart_gamma. written ((1 / 8) * (delta2 + nu2 + 2 * norm2_gradF) * o_slack *
      (o_slack * s_slack ^ 2 + 2 * o_slack * s_slack + s_slack ^ 2 + 2 * s_slack + 1) / ((o_slack +
      1) * L ^ 2 * (s_slack + 1) ^ 2 * (9 * o_slack * s_slack ^ 2 + 18 * o_slack * s_slack + 8 *
      o_slack + 9 * s_slack ^ 2 + 18 * s_slack + 9))). sign. }
  assert (fact_10 : 0 <= norm2_t + norm2_u + norm2_gradF + 2 * u_dot_gradF - 2 * t_dot_u - 2 *
      t_dot_gradF).
  { exact H_square_3. }
  assert (multiplier_10 : 0 <= - INR P * gamma ^ 2 * (INR P - 1) / (2 * (L ^ 2 * (INR P) ^ 2 * gamma
      ^ 2 - INR P * L ^ 2 * gamma ^ 2 - 1))).
  { rewrite ?chart_P, ?chart_gamma. written ((1 / 2) * o_slack / (L ^ 2 * (9 * o_slack * s_slack ^ 2
      + 18 * o_slack * s_slack + 8 * o_slack + 9 * s_slack ^ 2 + 18 * s_slack + 9))). sign. }
  assert (part_10 := Rmult_le_pos _ _ multiplier_10 fact_10).
  assert (fact_11 : 0 <= norm2_u_bar + norm2_gradF - 2 * u_bar_dot_gradF).
  { exact H_square_4. }
  assert (multiplier_11 : 0 <= - INR P * gamma ^ 2 * (INR P - 1) / (L ^ 2 * (INR P) ^ 2 * gamma ^ 2
      - INR P * L ^ 2 * gamma ^ 2 - 1)).
  { rewrite ?chart_P, ?chart_gamma. written (o_slack / (L ^ 2 * (9 * o_slack * s_slack ^ 2 + 18 *
      o_slack * s_slack + 8 * o_slack + 9 * s_slack ^ 2 + 18 * s_slack + 9))). sign. }
  assert (part_11 := Rmult_le_pos _ _ multiplier_11 fact_11).
  assert (0 < INR P * L ^ 2 * gamma ^ 2 + 1 - L ^ 2 * (INR P) ^ 2 * gamma ^ 2).
  { rewrite ?chart_P, ?chart_gamma. written ((1 / 9) * (9 * o_slack * s_slack ^ 2 + 18 * o_slack *
      s_slack + 8 * o_slack + 9 * s_slack ^ 2 + 18 * s_slack + 9) / ((o_slack + 1) * (s_slack + 1) ^
      2)). sign. }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((- 1 / (INR P * (L ^ 2 * (INR P) ^ 2 * gamma ^
      2 - INR P * L ^ 2 * gamma ^ 2 - 1))) * (INR P * gamma ^ 2 * (INR P - 1) * S_ P / 2 - (D P)) +
      (- 1 / (INR P * (L ^ 2 * (INR P) ^ 2 * gamma ^ 2 - INR P * L ^ 2 * gamma ^ 2 - 1))) * (D P -
      (INR P * norm2_v)) + (gamma ^ 2 * (INR P - 1) / (2 * (L ^ 2 * (INR P) ^ 2 * gamma ^ 2 - INR P
      * L ^ 2 * gamma ^ 2 - 1))) * (S_ P - (INR P * (norm2_t + norm2_u + norm2_gradF + 2 * t_dot_u +
      2 * t_dot_gradF + 2 * u_dot_gradF))) + (- INR P * gamma ^ 2 * (INR P - 1) / (L ^ 2 * (INR P) ^
      2 * gamma ^ 2 - INR P * L ^ 2 * gamma ^ 2 - 1)) * (norm2_b - norm2_t) + (- INR P * gamma ^ 2 *
      (INR P - 1) / (L ^ 2 * (INR P) ^ 2 * gamma ^ 2 - INR P * L ^ 2 * gamma ^ 2 - 1)) * (norm2_v *
      L ^ 2 - norm2_b) + (2 * INR P * gamma ^ 2 * (INR P - 1) / (L ^ 2 * (INR P) ^ 2 * gamma ^ 2 -
      INR P * L ^ 2 * gamma ^ 2 - 1)) * (u_dot_gradF - u_bar_dot_gradF) + (- INR P * gamma ^ 2 *
      (INR P - 1) / (L ^ 2 * (INR P) ^ 2 * gamma ^ 2 - INR P * L ^ 2 * gamma ^ 2 - 1)) * (delta2 -
      norm2_u_bar) + (- INR P * gamma ^ 2 * (INR P - 1) / (L ^ 2 * (INR P) ^ 2 * gamma ^ 2 - INR P *
      L ^ 2 * gamma ^ 2 - 1)) * (nu2 - norm2_u) + (INR P * gamma ^ 2 * (INR P - 1) * (9 / 8 - 1 / (1
      - INR P * L ^ 2 * gamma ^ 2 * (INR P - 1))) * (delta2 + nu2 + 2 * norm2_gradF)) + (- INR P *
      gamma ^ 2 * (INR P - 1) / (2 * (L ^ 2 * (INR P) ^ 2 * gamma ^ 2 - INR P * L ^ 2 * gamma ^ 2 -
      1))) * (norm2_t + norm2_u + norm2_gradF + 2 * u_dot_gradF - 2 * t_dot_u - 2 * t_dot_gradF) +
      (- INR P * gamma ^ 2 * (INR P - 1) / (L ^ 2 * (INR P) ^ 2 * gamma ^ 2 - INR P * L ^ 2 * gamma
      ^ 2 - 1)) * (norm2_u_bar + norm2_gradF - 2 * u_bar_dot_gradF)) by identity end.
  parts.
  }
Qed.

(* A window of biased rounds decreases the value, up to the bias of its mean *)
Lemma window_descent
  (L : R) (* the smoothness L of every client's f_i *)
  (gamma : R) (* the step size γ *)
  (P : nat) (* the rounds P of a window *)
  (F : R) (* F(x) above its lower bound *)
  (norm2_gradF : R) (* ‖∇F(x)‖² *)
  (nu2 : R) (* ν², at least the mean of E‖u_k‖² over a window *)
  (delta2 : R) (* δ², at least E‖(1/P) Σ_k u_k‖² *)
  (F_next : R) (* F⁺ *)
  (norm2_b : R) (* ‖b‖² *)
  (norm2_t_bar : R) (* ‖t̄‖² *)
  (norm2_t : R) (* ‖t‖² *)
  (norm2_v : R) (* ‖v‖² *)
  (norm2_u_bar : R) (* ‖ū‖² *)
  (t_bar_dot_u_bar : R) (* ⟨t̄,ū⟩ *)
  (t_bar_dot_gradF : R) (* ⟨t̄,∇F⟩ *)
  (u_bar_dot_gradF : R) (* ⟨ū,∇F⟩ *)
  (b_dot_m : R) (* ⟨b,m⟩ *)
  (b_dot_m_ : R) (* ⟨b,m⟩ *)
  (norm2_b_ : R) (* ‖b‖² *)
  (norm2_t_ : R) (* ‖t‖² *)
  (norm2_u : R) (* ‖u‖² *)
  (norm2_u_bar_ : R) (* ‖ū‖² *)
  (t_dot_u : R) (* ⟨t,u⟩ *)
  (t_dot_gradF : R) (* ⟨t,∇F⟩ *)
  (u_dot_gradF : R) (* ⟨u,∇F⟩ *)
  (u_bar_dot_gradF_ : R) (* ⟨ū,∇F⟩ *)
  (D : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (norm2_m : nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> R) (* ‖y‖² *)
  (A : nat -> R) (*  *)
  (norm2_m_ : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> R) (* ⟨m,y⟩ *)
  (b_dot_m_2 : R) (* ⟨b,m⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the rounds P of a window *)
  (P_sign : 0 < INR P)
  (* range: F(x) above its lower bound *)
  (F_sign : 0 <= F)
  (* range: ‖∇F(x)‖² *)
  (norm2_gradF_sign : 0 <= norm2_gradF)
  (* range: ν², at least the mean of E‖u_k‖² over a window *)
  (nu2_sign : 0 <= nu2)
  (* range: δ², at least E‖(1/P) Σ_k u_k‖² *)
  (delta2_sign : 0 <= delta2)
  (* condition: P >= 1 *)
  (in_range_P_1 : 1 <= INR P)
  (* condition: 3γLP <= 1 *)
  (in_range_3gammaLP_1 : 3 * L * INR P * gamma <= 1)
  (* assumed: smoothness: descent lemma, F is L-smooth *)
  (H_smoothness : F_next + INR P * gamma * norm2_gradF + INR P * gamma * t_bar_dot_gradF + INR P *
      gamma * u_bar_dot_gradF <= F + L * (norm2_t_bar * (INR P) ^ 2 * gamma ^ 2 + norm2_u_bar * (INR
      P) ^ 2 * gamma ^ 2 + norm2_gradF * (INR P) ^ 2 * gamma ^ 2 + 2 * t_bar_dot_u_bar * (INR P) ^ 2
      * gamma ^ 2 + 2 * t_bar_dot_gradF * (INR P) ^ 2 * gamma ^ 2 + 2 * u_bar_dot_gradF * (INR P) ^
      2 * gamma ^ 2) / 2)
  (* assumed: bias of a window: E‖(1/P) Σ_k u_k‖² <= δ² *)
  (H_bias_of_a_window : norm2_u_bar <= delta2)
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_t2_sign : 0 <= norm2_t)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean over the window') *)
  (H_mean : b_dot_m = norm2_t_bar)
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean over the
      window') *)
  (H_square : 0 <= norm2_t + norm2_t_bar - 2 * b_dot_m)
  (* squared norm: ‖b‖² is not negative, being a squared norm, a mean of them or an excess *)
  (H_b2_sign : 0 <= norm2_b)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean over those who are there') *)
  (H_mean_ : b_dot_m_ = norm2_t)
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean over
      those who are there') *)
  (H_square_ : 0 <= norm2_b + norm2_t - 2 * b_dot_m_)
  (* assumed: smoothness: every f_i is L-smooth *)
  (H_smoothness_ : norm2_b <= norm2_v * L ^ 2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      window_deviation, cited for 'window_deviation') *)
  (H_S_sign : forall n : nat, 0 <= S_ n)
  (* assumed: no step: an empty sum (of theorem exact_path, cited for 'exact_path') (of theorem
      window_deviation, cited for 'window_deviation') *)
  (H_no_step : D O = 0)
  (* assumed: so far: m is the mean so far (of theorem exact_path, cited for 'exact_path') (of
      theorem window_deviation, cited for 'window_deviation') *)
  (H_so_far : forall n : nat, A n = (norm2_m n))
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem window_deviation, cited for
      'window_deviation') *)
  (H_S_sign_ : forall i : nat, 0 <= S_ i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem window_deviation, cited for
      'window_deviation') *)
  (H_no_update : S_ O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem window_deviation, cited for
      'window_deviation') *)
  (H_so_far_ : forall n : nat, forall i : nat, A i = ((norm2_m_ n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem exact_path, cited for 'exact_path') (of theorem window_deviation,
      cited for 'window_deviation') *)
  (H_one_more : forall n : nat, forall i : nat, A (S i) = ((norm2_m_ n) i) * (INR i) ^ 2 / (INR i +
      1) ^ 2 + 2 * INR i * ((m_dot_y n) i) / (INR i + 1) ^ 2 + ((norm2_y_ n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem window_deviation, cited for
      'window_deviation') *)
  (H_S_n_1 : forall n : nat, forall i : nat, S_ (S i) = ((norm2_y_ n) i) + S_ i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem window_deviation, cited for
      'window_deviation') *)
  (H_square_2 : forall n : nat, forall i : nat, 0 <= ((norm2_m_ n) i) + ((norm2_y_ n) i) - 2 *
      ((m_dot_y n) i))
  (* assumed: S(n + 1): one more square (of theorem exact_path, cited for 'exact_path') (of theorem
      window_deviation, cited for 'window_deviation') *)
  (H_S_n_1_ : forall n : nat, S_ (S n) = (norm2_y n) + S_ n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem exact_path,
      cited for 'exact_path') (of theorem window_deviation, cited for 'window_deviation') *)
  (H_D_n_1 : forall n : nat, D (S n) = (norm2_m n) * (INR n) ^ 2 * gamma ^ 2 + D n)
  (* squared norm: a squared norm: ‖y‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      window_deviation, cited for 'window_deviation') *)
  (H_square_3 : forall n : nat, 0 <= (norm2_y n))
  (* assumed: the path: a mean over P rounds (of theorem window_deviation, cited for
      'window_deviation') *)
  (H_the_path : D P = INR P * norm2_v)
  (* assumed: the gradients: Σ q ∇f_i(x_k) = ∇F(x) + u + t, a mean over P rounds (of theorem
      window_deviation, cited for 'window_deviation') *)
  (H_the_gradients : S_ P = INR P * (norm2_t_ + norm2_u + norm2_gradF + 2 * t_dot_u + 2 *
      t_dot_gradF + 2 * u_dot_gradF))
  (* squared norm: ‖b‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem window_deviation, cited for 'window_deviation') *)
  (H_b2_sign_ : 0 <= norm2_b_)
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean over those who are there') (of theorem window_deviation, cited for
      'window_deviation') *)
  (H_mean_2 : b_dot_m_2 = norm2_t_)
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean over
      those who are there') (of theorem window_deviation, cited for 'window_deviation') *)
  (H_square_2_ : 0 <= norm2_b_ + norm2_t_ - 2 * b_dot_m_2)
  (* assumed: smoothness: every f_i is L-smooth (of theorem window_deviation, cited for
      'window_deviation') *)
  (H_smoothness_2 : norm2_b_ <= norm2_v * L ^ 2)
  (* assumed: mean of u: ū is the mean of u over the window, and ∇F(x) the same for all rounds (of
      theorem window_deviation, cited for 'window_deviation') *)
  (H_mean_of_u : u_dot_gradF = u_bar_dot_gradF_)
  (* assumed: bias of a window: E‖(1/P) Σ_k u_k‖² <= δ² (of theorem window_deviation, cited for
      'window_deviation') *)
  (H_bias_of_a_window_ : norm2_u_bar_ <= delta2)
  (* assumed: bias of a round: E‖u_k‖² <= ν² on average (of theorem window_deviation, cited for
      'window_deviation') *)
  (H_bias_of_a_round : norm2_u <= nu2)
  (* squared norm: a squared norm: ‖-t + u + ∇F‖² (of theorem window_deviation, cited for
      'window_deviation') *)
  (H_square_3_ : 0 <= norm2_t_ + norm2_u + norm2_gradF + 2 * u_dot_gradF - 2 * t_dot_u - 2 *
      t_dot_gradF)
  (* squared norm: a squared norm: ‖-ū + ∇F‖² (of theorem window_deviation, cited for
      'window_deviation') *)
  (H_square_4 : 0 <= norm2_u_bar_ + norm2_gradF - 2 * u_bar_dot_gradF_)
  (* squared norm: a squared norm: ‖∇F‖² *)
  (H_square_5 : 0 <= norm2_gradF)
  (* squared norm: a squared norm: ‖t̄ + ū + ∇F‖² *)
  (H_square_6 : 0 <= norm2_t_bar + norm2_u_bar + norm2_gradF + 2 * t_bar_dot_u_bar + 2 *
      t_bar_dot_gradF + 2 * u_bar_dot_gradF)
  (* squared norm: a squared norm: ‖-t̄ + ū‖² *)
  (H_square_7 : 0 <= norm2_t_bar + norm2_u_bar - 2 * t_bar_dot_u_bar)
  : F_next <= F + 9 * INR P * gamma * (INR P * nu2 * L ^ 2 * gamma ^ 2 * (INR P - 1) + delta2) / 8 -
      INR P * gamma * norm2_gradF / 4.
Proof.
  pose proof (pos_INR P).
  assert (exists o_slack, 0 <= o_slack /\ o_slack = INR P - 1)
    as [o_slack [o_slack_sign o_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR P - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / (3 * L * INR P * gamma) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 3) / (L * (INR P) * gamma)) * (1 - (3 * L * INR P * gamma))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_P : INR P = o_slack + 1).
  { rewrite ?o_slack_def. identity. }
  assert (chart_gamma : gamma = 1 / (3 * L * (o_slack + 1) * (s_slack + 1))).
  { rewrite ?o_slack_def, ?s_slack_def. identity. }
  {
  assert (fact_1 : 0 <= F + L * (norm2_t_bar * (INR P) ^ 2 * gamma ^ 2 + norm2_u_bar * (INR P) ^ 2 *
      gamma ^ 2 + norm2_gradF * (INR P) ^ 2 * gamma ^ 2 + 2 * t_bar_dot_u_bar * (INR P) ^ 2 * gamma
      ^ 2 + 2 * t_bar_dot_gradF * (INR P) ^ 2 * gamma ^ 2 + 2 * u_bar_dot_gradF * (INR P) ^ 2 *
      gamma ^ 2) / 2 - (F_next + INR P * gamma * norm2_gradF + INR P * gamma * t_bar_dot_gradF + INR
      P * gamma * u_bar_dot_gradF)).
  { exact (room _ _ H_smoothness). }
  assert (fact_2 : 0 <= delta2 - norm2_u_bar).
  { exact (room _ _ H_bias_of_a_window). }
  assert (multiplier_2 : 0 <= INR P * gamma).
  { rewrite ?chart_P, ?chart_gamma. written ((1 / 3) / (L * (s_slack + 1))). sign. }
  assert (part_2 := Rmult_le_pos _ _ multiplier_2 fact_2).
  assert (fact_3 : 0 <= norm2_t - norm2_t_bar).
  { apply room.
  refine ((mean_over_clients norm2_t norm2_t_bar b_dot_m _ H_mean H_square)).
  { pose proof H_t2_sign. rewrite ?chart_P, ?chart_gamma. written ((norm2_t)). sign. } }
  assert (multiplier_3 : 0 <= INR P * gamma).
  { rewrite ?chart_P, ?chart_gamma. written ((1 / 3) / (L * (s_slack + 1))). sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  assert (fact_4 : 0 <= norm2_b - norm2_t).
  { apply room.
  refine ((mean_over_clients norm2_b norm2_t b_dot_m_ _ H_mean_ H_square_)).
  { pose proof H_b2_sign. rewrite ?chart_P, ?chart_gamma. written ((norm2_b)). sign. } }
  assert (multiplier_4 : 0 <= INR P * gamma).
  { rewrite ?chart_P, ?chart_gamma. written ((1 / 3) / (L * (s_slack + 1))). sign. }
  assert (part_4 := Rmult_le_pos _ _ multiplier_4 fact_4).
  assert (fact_5 : 0 <= norm2_v * L ^ 2 - norm2_b).
  { exact (room _ _ H_smoothness_). }
  assert (multiplier_5 : 0 <= INR P * gamma).
  { rewrite ?chart_P, ?chart_gamma. written ((1 / 3) / (L * (s_slack + 1))). sign. }
  assert (part_5 := Rmult_le_pos _ _ multiplier_5 fact_5).
  assert (fact_6 : 0 <= 9 * INR P * gamma ^ 2 * (INR P - 1) * (delta2 + nu2 + 2 * norm2_gradF) / 8 -
      norm2_v).
  { apply room.
  refine ((window_deviation L gamma P norm2_gradF nu2 delta2 norm2_b_ norm2_t_ norm2_u norm2_v
      norm2_u_bar_ t_dot_u t_dot_gradF u_dot_gradF u_bar_dot_gradF_ D S_ norm2_m norm2_y A norm2_m_
      norm2_y_ m_dot_y b_dot_m_2 _ _ _ _ _ _ _ _ H_S_sign H_no_step H_so_far H_S_sign_ H_no_update
      H_so_far_ H_one_more H_S_n_1 H_square_2 H_S_n_1_ H_D_n_1 H_square_3 H_the_path H_the_gradients
      H_b2_sign_ H_mean_2 H_square_2_ H_smoothness_2 H_mean_of_u H_bias_of_a_window_
      H_bias_of_a_round H_square_3_ H_square_4)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize gamma_sign. cbn [INR]. lra. }
  { generalize P_sign. cbn [INR]. lra. }
  { generalize norm2_gradF_sign. cbn [INR]. lra. }
  { generalize nu2_sign. cbn [INR]. lra. }
  { generalize delta2_sign. cbn [INR]. lra. }
  { generalize in_range_P_1. cbn [INR]. lra. }
  { generalize in_range_3gammaLP_1. cbn [INR]. lra. } }
  assert (multiplier_6 : 0 <= INR P * gamma * L ^ 2).
  { rewrite ?chart_P, ?chart_gamma. written ((1 / 3) * L / (s_slack + 1)). sign. }
  assert (part_6 := Rmult_le_pos _ _ multiplier_6 fact_6).
  assert (fact_7 : 0 <= INR P * gamma * delta2 * (1 - 9 * INR P * L ^ 2 * gamma ^ 2 * (INR P - 1))).
  { rewrite ?chart_P, ?chart_gamma. written ((1 / 3) * delta2 * (o_slack * s_slack ^ 2 + 2 * o_slack
      * s_slack + s_slack ^ 2 + 2 * s_slack + 1) / ((o_slack + 1) * L * (s_slack + 1) ^ 3)). sign. }
  assert (multiplier_7 : 0 <= 1 / 8).
  { rewrite ?chart_P, ?chart_gamma. written ((1 / 8)). sign. }
  assert (part_7 := Rmult_le_pos _ _ multiplier_7 fact_7).
  assert (fact_8 : 0 <= norm2_gradF).
  { exact H_square_5. }
  assert (multiplier_8 : 0 <= - INR P * gamma * (9 * L ^ 2 * (INR P) ^ 2 * gamma ^ 2 - 9 * INR P * L
      ^ 2 * gamma ^ 2 - 1) / 4).
  { rewrite ?chart_P, ?chart_gamma. written ((1 / 12) * (o_slack * s_slack ^ 2 + 2 * o_slack *
      s_slack + s_slack ^ 2 + 2 * s_slack + 1) / ((o_slack + 1) * L * (s_slack + 1) ^ 3)). sign. }
  assert (part_8 := Rmult_le_pos _ _ multiplier_8 fact_8).
  assert (fact_9 : 0 <= norm2_t_bar + norm2_u_bar + norm2_gradF + 2 * t_bar_dot_u_bar + 2 *
      t_bar_dot_gradF + 2 * u_bar_dot_gradF).
  { exact H_square_6. }
  assert (multiplier_9 : 0 <= - INR P * gamma * (L * INR P * gamma - 1) / 2).
  { rewrite ?chart_P, ?chart_gamma. written ((1 / 18) * (3 * s_slack + 2) / (L * (s_slack + 1) ^
      2)). sign. }
  assert (part_9 := Rmult_le_pos _ _ multiplier_9 fact_9).
  assert (fact_10 : 0 <= norm2_t_bar + norm2_u_bar - 2 * t_bar_dot_u_bar).
  { exact H_square_7. }
  assert (multiplier_10 : 0 <= INR P * gamma / 2).
  { rewrite ?chart_P, ?chart_gamma. written ((1 / 6) / (L * (s_slack + 1))). sign. }
  assert (part_10 := Rmult_le_pos _ _ multiplier_10 fact_10).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F + L * (norm2_t_bar * (INR P) ^ 2 * gamma ^
      2 + norm2_u_bar * (INR P) ^ 2 * gamma ^ 2 + norm2_gradF * (INR P) ^ 2 * gamma ^ 2 + 2 *
      t_bar_dot_u_bar * (INR P) ^ 2 * gamma ^ 2 + 2 * t_bar_dot_gradF * (INR P) ^ 2 * gamma ^ 2 + 2
      * u_bar_dot_gradF * (INR P) ^ 2 * gamma ^ 2) / 2 - (F_next + INR P * gamma * norm2_gradF + INR
      P * gamma * t_bar_dot_gradF + INR P * gamma * u_bar_dot_gradF)) + (INR P * gamma) * (delta2 -
      norm2_u_bar) + (INR P * gamma) * (norm2_t - norm2_t_bar) + (INR P * gamma) * (norm2_b -
      norm2_t) + (INR P * gamma) * (norm2_v * L ^ 2 - norm2_b) + (INR P * gamma * L ^ 2) * (9 * INR
      P * gamma ^ 2 * (INR P - 1) * (delta2 + nu2 + 2 * norm2_gradF) / 8 - norm2_v) + (1 / 8) * (INR
      P * gamma * delta2 * (1 - 9 * INR P * L ^ 2 * gamma ^ 2 * (INR P - 1))) + (- INR P * gamma *
      (9 * L ^ 2 * (INR P) ^ 2 * gamma ^ 2 - 9 * INR P * L ^ 2 * gamma ^ 2 - 1) / 4) * norm2_gradF +
      (- INR P * gamma * (L * INR P * gamma - 1) / 2) * (norm2_t_bar + norm2_u_bar + norm2_gradF + 2
      * t_bar_dot_u_bar + 2 * t_bar_dot_gradF + 2 * u_bar_dot_gradF) + (INR P * gamma / 2) *
      (norm2_t_bar + norm2_u_bar - 2 * t_bar_dot_u_bar)) by identity end.
  parts.
  }
Qed.

(* Clients in turns reach a small gradient, up to the bias of a window: the sum over rounds *)
Lemma windows_sum
  (L : R) (* the smoothness L of every client's f_i *)
  (gamma : R) (* the step size γ *)
  (P : nat) (* the rounds P of a window *)
  (nu2 : R) (* ν², at least the mean of E‖u_k‖² over a window *)
  (delta2 : R) (* δ², at least E‖(1/P) Σ_k u_k‖² *)
  (F0 : R) (* F(x_0) − F_inf *)
  (E : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (g : nat -> R) (*  *)
  (norm2_b : nat -> R) (* ‖b‖² *)
  (norm2_t_bar : nat -> R) (* ‖t̄‖² *)
  (norm2_t : nat -> R) (* ‖t‖² *)
  (norm2_v : nat -> R) (* ‖v‖² *)
  (norm2_u_bar : nat -> R) (* ‖ū‖² *)
  (t_bar_dot_u_bar : nat -> R) (* ⟨t̄,ū⟩ *)
  (t_bar_dot_gradF : nat -> R) (* ⟨t̄,∇F⟩ *)
  (u_bar_dot_gradF : nat -> R) (* ⟨ū,∇F⟩ *)
  (b_dot_m : nat -> R) (* ⟨b,m⟩ *)
  (b_dot_m_ : nat -> R) (* ⟨b,m⟩ *)
  (norm2_b_ : nat -> R) (* ‖b‖² *)
  (norm2_t_ : nat -> R) (* ‖t‖² *)
  (norm2_u : nat -> R) (* ‖u‖² *)
  (norm2_u_bar_ : nat -> R) (* ‖ū‖² *)
  (t_dot_u : nat -> R) (* ⟨t,u⟩ *)
  (t_dot_gradF : nat -> R) (* ⟨t,∇F⟩ *)
  (u_dot_gradF : nat -> R) (* ⟨u,∇F⟩ *)
  (u_bar_dot_gradF_ : nat -> R) (* ⟨ū,∇F⟩ *)
  (D : nat -> nat -> R) (*  *)
  (S_2 : nat -> nat -> R) (*  *)
  (norm2_m : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> nat -> R) (* ‖y‖² *)
  (A : nat -> nat -> R) (*  *)
  (norm2_m_ : nat -> nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> nat -> R) (* ⟨m,y⟩ *)
  (b_dot_m_2 : nat -> R) (* ⟨b,m⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the rounds P of a window *)
  (P_sign : 0 < INR P)
  (* range: ν², at least the mean of E‖u_k‖² over a window *)
  (nu2_sign : 0 <= nu2)
  (* range: δ², at least E‖(1/P) Σ_k u_k‖² *)
  (delta2_sign : 0 <= delta2)
  (* range: F(x_0) − F_inf *)
  (F0_sign : 0 <= F0)
  (* condition: P >= 1 *)
  (in_range_P_1 : 1 <= INR P)
  (* condition: 3γLP <= 1 *)
  (in_range_3gammaLP_1 : 3 * L * INR P * gamma <= 1)
  (* assumed: start: F(x_0) − F_inf is at most F₀ *)
  (H_start : E O <= F0)
  (* assumed: no gradient yet: S(0) is an empty sum *)
  (H_no_gradient_yet : S_ O = 0)
  (* squared norm: E(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_E_T_sign : forall T : nat, 0 <= E T)
  (* squared norm: g(T) is not negative, being a squared norm, a mean of them or an excess *)
  (H_g_T_sign : forall T : nat, 0 <= g T)
  (* assumed: smoothness: descent lemma, F is L-smooth (of theorem window_descent, cited for
      'window_descent') *)
  (H_smoothness : forall T : nat, (E (S T)) + INR P * gamma * (g T) + INR P * gamma *
      (t_bar_dot_gradF T) + INR P * gamma * (u_bar_dot_gradF T) <= (E T) + L * ((norm2_t_bar T) *
      (INR P) ^ 2 * gamma ^ 2 + (norm2_u_bar T) * (INR P) ^ 2 * gamma ^ 2 + (g T) * (INR P) ^ 2 *
      gamma ^ 2 + 2 * (t_bar_dot_u_bar T) * (INR P) ^ 2 * gamma ^ 2 + 2 * (t_bar_dot_gradF T) * (INR
      P) ^ 2 * gamma ^ 2 + 2 * (u_bar_dot_gradF T) * (INR P) ^ 2 * gamma ^ 2) / 2)
  (* assumed: bias of a window: E‖(1/P) Σ_k u_k‖² <= δ² (of theorem window_descent, cited for
      'window_descent') *)
  (H_bias_of_a_window : forall T : nat, (norm2_u_bar T) <= delta2)
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem window_descent, cited for 'window_descent') *)
  (H_t2_sign : forall T : nat, 0 <= (norm2_t T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean over the window') (of theorem window_descent, cited for 'window_descent') *)
  (H_mean : forall T : nat, (b_dot_m T) = (norm2_t_bar T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean over the
      window') (of theorem window_descent, cited for 'window_descent') *)
  (H_square : forall T : nat, 0 <= (norm2_t T) + (norm2_t_bar T) - 2 * (b_dot_m T))
  (* squared norm: ‖b‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem window_descent, cited for 'window_descent') *)
  (H_b2_sign : forall T : nat, 0 <= (norm2_b T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean over those who are there') (of theorem window_descent, cited for
      'window_descent') *)
  (H_mean_ : forall T : nat, (b_dot_m_ T) = (norm2_t T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean over
      those who are there') (of theorem window_descent, cited for 'window_descent') *)
  (H_square_ : forall T : nat, 0 <= (norm2_b T) + (norm2_t T) - 2 * (b_dot_m_ T))
  (* assumed: smoothness: every f_i is L-smooth (of theorem window_descent, cited for
      'window_descent') *)
  (H_smoothness_ : forall T : nat, (norm2_b T) <= (norm2_v T) * L ^ 2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      window_deviation, cited for 'window_deviation') (of theorem window_descent, cited for
      'window_descent') *)
  (H_S_sign : forall T : nat, forall n : nat, 0 <= (S_2 T) n)
  (* assumed: no step: an empty sum (of theorem exact_path, cited for 'exact_path') (of theorem
      window_deviation, cited for 'window_deviation') (of theorem window_descent, cited for
      'window_descent') *)
  (H_no_step : forall T : nat, (D T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem exact_path, cited for 'exact_path') (of
      theorem window_deviation, cited for 'window_deviation') (of theorem window_descent, cited for
      'window_descent') *)
  (H_so_far : forall T : nat, forall n : nat, (A T) n = ((norm2_m T) n))
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') *)
  (H_S_sign_ : forall T : nat, forall i : nat, 0 <= (S_2 T) i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') *)
  (H_no_update : forall T : nat, (S_2 T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') *)
  (H_so_far_ : forall T : nat, forall n : nat, forall i : nat, (A T) i = (((norm2_m_ T) n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem exact_path, cited for 'exact_path') (of theorem window_deviation,
      cited for 'window_deviation') (of theorem window_descent, cited for 'window_descent') *)
  (H_one_more : forall T : nat, forall n : nat, forall i : nat, (A T) (S i) = (((norm2_m_ T) n) i) *
      (INR i) ^ 2 / (INR i + 1) ^ 2 + 2 * INR i * (((m_dot_y T) n) i) / (INR i + 1) ^ 2 +
      (((norm2_y_ T) n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') *)
  (H_S_n_1 : forall T : nat, forall n : nat, forall i : nat, (S_2 T) (S i) = (((norm2_y_ T) n) i) +
      (S_2 T) i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') *)
  (H_square_2 : forall T : nat, forall n : nat, forall i : nat, 0 <= (((norm2_m_ T) n) i) +
      (((norm2_y_ T) n) i) - 2 * (((m_dot_y T) n) i))
  (* assumed: S(n + 1): one more square (of theorem exact_path, cited for 'exact_path') (of theorem
      window_deviation, cited for 'window_deviation') (of theorem window_descent, cited for
      'window_descent') *)
  (H_S_n_1_ : forall T : nat, forall n : nat, (S_2 T) (S n) = ((norm2_y T) n) + (S_2 T) n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem exact_path,
      cited for 'exact_path') (of theorem window_deviation, cited for 'window_deviation') (of
      theorem window_descent, cited for 'window_descent') *)
  (H_D_n_1 : forall T : nat, forall n : nat, (D T) (S n) = ((norm2_m T) n) * (INR n) ^ 2 * gamma ^ 2
      + (D T) n)
  (* squared norm: a squared norm: ‖y‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      window_deviation, cited for 'window_deviation') (of theorem window_descent, cited for
      'window_descent') *)
  (H_square_3 : forall T : nat, forall n : nat, 0 <= ((norm2_y T) n))
  (* assumed: the path: a mean over P rounds (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') *)
  (H_the_path : forall T : nat, (D T) P = INR P * (norm2_v T))
  (* assumed: the gradients: Σ q ∇f_i(x_k) = ∇F(x) + u + t, a mean over P rounds (of theorem
      window_deviation, cited for 'window_deviation') (of theorem window_descent, cited for
      'window_descent') *)
  (H_the_gradients : forall T : nat, (S_2 T) P = INR P * ((norm2_t_ T) + (norm2_u T) + (g T) + 2 *
      (t_dot_u T) + 2 * (t_dot_gradF T) + 2 * (u_dot_gradF T)))
  (* squared norm: ‖b‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem window_deviation, cited for 'window_deviation') (of theorem window_descent, cited for
      'window_descent') *)
  (H_b2_sign_ : forall T : nat, 0 <= (norm2_b_ T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean over those who are there') (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') *)
  (H_mean_2 : forall T : nat, (b_dot_m_2 T) = (norm2_t_ T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean over
      those who are there') (of theorem window_deviation, cited for 'window_deviation') (of theorem
      window_descent, cited for 'window_descent') *)
  (H_square_2_ : forall T : nat, 0 <= (norm2_b_ T) + (norm2_t_ T) - 2 * (b_dot_m_2 T))
  (* assumed: smoothness: every f_i is L-smooth (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') *)
  (H_smoothness_2 : forall T : nat, (norm2_b_ T) <= (norm2_v T) * L ^ 2)
  (* assumed: mean of u: ū is the mean of u over the window, and ∇F(x) the same for all rounds (of
      theorem window_deviation, cited for 'window_deviation') (of theorem window_descent, cited for
      'window_descent') *)
  (H_mean_of_u : forall T : nat, (u_dot_gradF T) = (u_bar_dot_gradF_ T))
  (* assumed: bias of a window: E‖(1/P) Σ_k u_k‖² <= δ² (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') *)
  (H_bias_of_a_window_ : forall T : nat, (norm2_u_bar_ T) <= delta2)
  (* assumed: bias of a round: E‖u_k‖² <= ν² on average (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') *)
  (H_bias_of_a_round : forall T : nat, (norm2_u T) <= nu2)
  (* squared norm: a squared norm: ‖-t + u + ∇F‖² (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') *)
  (H_square_3_ : forall T : nat, 0 <= (norm2_t_ T) + (norm2_u T) + (g T) + 2 * (u_dot_gradF T) - 2 *
      (t_dot_u T) - 2 * (t_dot_gradF T))
  (* squared norm: a squared norm: ‖-ū + ∇F‖² (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') *)
  (H_square_4 : forall T : nat, 0 <= (norm2_u_bar_ T) + (g T) - 2 * (u_bar_dot_gradF_ T))
  (* squared norm: a squared norm: ‖∇F‖² (of theorem window_descent, cited for 'window_descent') *)
  (H_square_5 : forall T : nat, 0 <= (g T))
  (* squared norm: a squared norm: ‖t̄ + ū + ∇F‖² (of theorem window_descent, cited for
      'window_descent') *)
  (H_square_6 : forall T : nat, 0 <= (norm2_t_bar T) + (norm2_u_bar T) + (g T) + 2 *
      (t_bar_dot_u_bar T) + 2 * (t_bar_dot_gradF T) + 2 * (u_bar_dot_gradF T))
  (* squared norm: a squared norm: ‖-t̄ + ū‖² (of theorem window_descent, cited for
      'window_descent') *)
  (H_square_7 : forall T : nat, 0 <= (norm2_t_bar T) + (norm2_u_bar T) - 2 * (t_bar_dot_u_bar T))
  (* assumed: one more gradient: S(T + 1) adds E‖∇F(x_T)‖² *)
  (H_one_more_gradient : forall T : nat, S_ (S T) = S_ T + g T)
  : forall T : nat, INR P * gamma * S_ T / 4 + E T <= F0 + 9 * INR P * INR T * gamma * (INR P * nu2
      * L ^ 2 * gamma ^ 2 * (INR P - 1) + delta2) / 8.
Proof.
  pose proof (pos_INR P).
  assert (exists o_slack, 0 <= o_slack /\ o_slack = INR P - 1)
    as [o_slack [o_slack_sign o_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR P - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / (3 * L * INR P * gamma) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 3) / (L * (INR P) * gamma)) * (1 - (3 * L * INR P * gamma))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_P : INR P = o_slack + 1).
  { rewrite ?o_slack_def. identity. }
  assert (chart_gamma : gamma = 1 / (3 * L * (o_slack + 1) * (s_slack + 1))).
  { rewrite ?o_slack_def, ?s_slack_def. identity. }
  assert (every : forall T : nat, INR P * gamma * S_ T / 4 + E T <= F0 + 9 * INR P * INR T * gamma *
      (INR P * nu2 * L ^ 2 * gamma ^ 2 * (INR P - 1) + delta2) / 8).
  { intro T. induction T as [| T hypothesis].
  - (* base, T = 0 *) assert (goal : INR P * gamma * S_ O / 4 + E O <= F0 + 9 * INR P * 0 * gamma *
      (INR P * nu2 * L ^ 2 * gamma ^ 2 * (INR P - 1) + delta2) / 8).
  {
  pose proof (H_t2_sign O).
  pose proof (H_b2_sign O).
  pose proof (H_b2_sign_ O).
  assert (fact_1 : 0 <= F0 - (E O)).
  { exact (room _ _ H_start). }
  assert (fact_2 : S_ O - 0 = 0).
  { exact (same _ _ H_no_gradient_yet). }
  assert (part_2 := times_zero (- INR P * gamma / 4) _ fact_2).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((F0 - (E O)) + (- INR P * gamma / 4) * (S_ O -
      0)) by identity end.
  parts.
  }
  cbn [INR] in *. exact goal.
  - (* induction, T to T + 1 *) assert (goal : INR P * gamma * S_ (S T) / 4 + E (S T) <= F0 + 9 *
      INR P * (INR T + 1) * gamma * (INR P * nu2 * L ^ 2 * gamma ^ 2 * (INR P - 1) + delta2) / 8).
  {
  pose proof (pos_INR T) as index_sign.
  pose proof (H_t2_sign T).
  pose proof (H_b2_sign T).
  pose proof (H_b2_sign_ T).
  assert (fact_1 : 0 <= (E T) + 9 * INR P * gamma * (INR P * nu2 * L ^ 2 * gamma ^ 2 * (INR P - 1) +
      delta2) / 8 - INR P * gamma * (g T) / 4 - (E (S T))).
  { apply room.
  refine ((window_descent L gamma P (E T) (g T) nu2 delta2 (E (S T)) (norm2_b T) (norm2_t_bar T)
      (norm2_t T) (norm2_v T) (norm2_u_bar T) (t_bar_dot_u_bar T) (t_bar_dot_gradF T)
      (u_bar_dot_gradF T) (b_dot_m T) (b_dot_m_ T) (norm2_b_ T) (norm2_t_ T) (norm2_u T)
      (norm2_u_bar_ T) (t_dot_u T) (t_dot_gradF T) (u_dot_gradF T) (u_bar_dot_gradF_ T) (D T) (S_2
      T) (norm2_m T) (norm2_y T) (A T) (norm2_m_ T) (norm2_y_ T) (m_dot_y T) (b_dot_m_2 T) _ _ _ _ _
      _ _ _ _ (H_smoothness T) (H_bias_of_a_window T) (H_t2_sign T) (H_mean T) (H_square T)
      (H_b2_sign T) (H_mean_ T) (H_square_ T) (H_smoothness_ T) (H_S_sign T) (H_no_step T) (H_so_far
      T) (H_S_sign_ T) (H_no_update T) (H_so_far_ T) (H_one_more T) (H_S_n_1 T) (H_square_2 T)
      (H_S_n_1_ T) (H_D_n_1 T) (H_square_3 T) (H_the_path T) (H_the_gradients T) (H_b2_sign_ T)
      (H_mean_2 T) (H_square_2_ T) (H_smoothness_2 T) (H_mean_of_u T) (H_bias_of_a_window_ T)
      (H_bias_of_a_round T) (H_square_3_ T) (H_square_4 T) (H_square_5 T) (H_square_6 T) (H_square_7
      T))).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize gamma_sign. cbn [INR]. lra. }
  { generalize P_sign. cbn [INR]. lra. }
  { pose proof (H_E_T_sign T). rewrite ?chart_P, ?chart_gamma. written ((E T)). sign. }
  { pose proof (H_g_T_sign T). rewrite ?chart_P, ?chart_gamma. written ((g T)). sign. }
  { generalize nu2_sign. cbn [INR]. lra. }
  { generalize delta2_sign. cbn [INR]. lra. }
  { generalize in_range_P_1. cbn [INR]. lra. }
  { generalize in_range_3gammaLP_1. cbn [INR]. lra. } }
  assert (fact_2 : S_ (S T) - (S_ T + g T) = 0).
  { exact (same _ _ (H_one_more_gradient T)). }
  assert (part_2 := times_zero (- INR P * gamma / 4) _ fact_2).
  assert (fact_3 : 0 <= F0 + 9 * INR P * INR T * gamma * (INR P * nu2 * L ^ 2 * gamma ^ 2 * (INR P -
      1) + delta2) / 8 - (INR P * gamma * S_ T / 4 + E T)).
  { exact (room _ _ hypothesis). }
  apply at_most.
  match goal with |- 0 <= ?here => replace here with (((E T) + 9 * INR P * gamma * (INR P * nu2 * L
      ^ 2 * gamma ^ 2 * (INR P - 1) + delta2) / 8 - INR P * gamma * (g T) / 4 - (E (S T))) + (- INR
      P * gamma / 4) * (S_ (S T) - (S_ T + g T)) + (F0 + 9 * INR P * INR T * gamma * (INR P * nu2 *
      L ^ 2 * gamma ^ 2 * (INR P - 1) + delta2) / 8 - (INR P * gamma * S_ T / 4 + E T))) by identity
      end.
  parts.
  }
  rewrite ?S_INR. exact goal.
  }
  intro T. exact (every T).
Qed.

(* Clients in turns reach a small gradient, up to the bias of a window *)
Theorem windows
  (L : R) (* the smoothness L of every client's f_i *)
  (gamma : R) (* the step size γ *)
  (P : nat) (* the rounds P of a window *)
  (nu2 : R) (* ν², at least the mean of E‖u_k‖² over a window *)
  (delta2 : R) (* δ², at least E‖(1/P) Σ_k u_k‖² *)
  (F0 : R) (* F(x_0) − F_inf *)
  (T : nat) (* the windows T, of P rounds each *)
  (phi : R) (* φ *)
  (E : nat -> R) (*  *)
  (S_ : nat -> R) (*  *)
  (g : nat -> R) (*  *)
  (norm2_b : nat -> R) (* ‖b‖² *)
  (norm2_t_bar : nat -> R) (* ‖t̄‖² *)
  (norm2_t : nat -> R) (* ‖t‖² *)
  (norm2_v : nat -> R) (* ‖v‖² *)
  (norm2_u_bar : nat -> R) (* ‖ū‖² *)
  (t_bar_dot_u_bar : nat -> R) (* ⟨t̄,ū⟩ *)
  (t_bar_dot_gradF : nat -> R) (* ⟨t̄,∇F⟩ *)
  (u_bar_dot_gradF : nat -> R) (* ⟨ū,∇F⟩ *)
  (b_dot_m : nat -> R) (* ⟨b,m⟩ *)
  (b_dot_m_ : nat -> R) (* ⟨b,m⟩ *)
  (norm2_b_ : nat -> R) (* ‖b‖² *)
  (norm2_t_ : nat -> R) (* ‖t‖² *)
  (norm2_u : nat -> R) (* ‖u‖² *)
  (norm2_u_bar_ : nat -> R) (* ‖ū‖² *)
  (t_dot_u : nat -> R) (* ⟨t,u⟩ *)
  (t_dot_gradF : nat -> R) (* ⟨t,∇F⟩ *)
  (u_dot_gradF : nat -> R) (* ⟨u,∇F⟩ *)
  (u_bar_dot_gradF_ : nat -> R) (* ⟨ū,∇F⟩ *)
  (D : nat -> nat -> R) (*  *)
  (S_2 : nat -> nat -> R) (*  *)
  (norm2_m : nat -> nat -> R) (* ‖m‖² *)
  (norm2_y : nat -> nat -> R) (* ‖y‖² *)
  (A : nat -> nat -> R) (*  *)
  (norm2_m_ : nat -> nat -> nat -> R) (* ‖m‖² *)
  (norm2_y_ : nat -> nat -> nat -> R) (* ‖y‖² *)
  (m_dot_y : nat -> nat -> nat -> R) (* ⟨m,y⟩ *)
  (b_dot_m_2 : nat -> R) (* ⟨b,m⟩ *)
  (* range: the smoothness L of every client's f_i *)
  (L_sign : 0 < L)
  (* range: the step size γ *)
  (gamma_sign : 0 < gamma)
  (* range: the rounds P of a window *)
  (P_sign : 0 < INR P)
  (* range: ν², at least the mean of E‖u_k‖² over a window *)
  (nu2_sign : 0 <= nu2)
  (* range: δ², at least E‖(1/P) Σ_k u_k‖² *)
  (delta2_sign : 0 <= delta2)
  (* range: F(x_0) − F_inf *)
  (F0_sign : 0 <= F0)
  (* condition: P >= 1 *)
  (in_range_P_1 : 1 <= INR P)
  (* condition: 3γLP <= 1 *)
  (in_range_3gammaLP_1 : 3 * L * INR P * gamma <= 1)
  (* condition: T >= 1 *)
  (in_range_T_1 : 1 <= INR T)
  (* assumed: start: F(x_0) − F_inf is at most F₀ (of theorem windows_sum, cited for 'windows_sum')
      *)
  (H_start : E O <= F0)
  (* assumed: no gradient yet: S(0) is an empty sum (of theorem windows_sum, cited for
      'windows_sum') *)
  (H_no_gradient_yet : S_ O = 0)
  (* squared norm: E(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem windows_sum, cited for 'windows_sum') *)
  (H_E_T_sign : forall T : nat, 0 <= E T)
  (* squared norm: g(T) is not negative, being a squared norm, a mean of them or an excess (of
      theorem windows_sum, cited for 'windows_sum') *)
  (H_g_T_sign : forall T : nat, 0 <= g T)
  (* assumed: smoothness: descent lemma, F is L-smooth (of theorem window_descent, cited for
      'window_descent') (of theorem windows_sum, cited for 'windows_sum') *)
  (H_smoothness : forall T : nat, (E (S T)) + INR P * gamma * (g T) + INR P * gamma *
      (t_bar_dot_gradF T) + INR P * gamma * (u_bar_dot_gradF T) <= (E T) + L * ((norm2_t_bar T) *
      (INR P) ^ 2 * gamma ^ 2 + (norm2_u_bar T) * (INR P) ^ 2 * gamma ^ 2 + (g T) * (INR P) ^ 2 *
      gamma ^ 2 + 2 * (t_bar_dot_u_bar T) * (INR P) ^ 2 * gamma ^ 2 + 2 * (t_bar_dot_gradF T) * (INR
      P) ^ 2 * gamma ^ 2 + 2 * (u_bar_dot_gradF T) * (INR P) ^ 2 * gamma ^ 2) / 2)
  (* assumed: bias of a window: E‖(1/P) Σ_k u_k‖² <= δ² (of theorem window_descent, cited for
      'window_descent') (of theorem windows_sum, cited for 'windows_sum') *)
  (H_bias_of_a_window : forall T : nat, (norm2_u_bar T) <= delta2)
  (* squared norm: ‖t‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem window_descent, cited for 'window_descent') (of theorem windows_sum, cited for
      'windows_sum') *)
  (H_t2_sign : forall T : nat, 0 <= (norm2_t T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean over the window') (of theorem window_descent, cited for 'window_descent') (of
      theorem windows_sum, cited for 'windows_sum') *)
  (H_mean : forall T : nat, (b_dot_m T) = (norm2_t_bar T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean over the
      window') (of theorem window_descent, cited for 'window_descent') (of theorem windows_sum,
      cited for 'windows_sum') *)
  (H_square : forall T : nat, 0 <= (norm2_t T) + (norm2_t_bar T) - 2 * (b_dot_m T))
  (* squared norm: ‖b‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem window_descent, cited for 'window_descent') (of theorem windows_sum, cited for
      'windows_sum') *)
  (H_b2_sign : forall T : nat, 0 <= (norm2_b T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean over those who are there') (of theorem window_descent, cited for
      'window_descent') (of theorem windows_sum, cited for 'windows_sum') *)
  (H_mean_ : forall T : nat, (b_dot_m_ T) = (norm2_t T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean over
      those who are there') (of theorem window_descent, cited for 'window_descent') (of theorem
      windows_sum, cited for 'windows_sum') *)
  (H_square_ : forall T : nat, 0 <= (norm2_b T) + (norm2_t T) - 2 * (b_dot_m_ T))
  (* assumed: smoothness: every f_i is L-smooth (of theorem window_descent, cited for
      'window_descent') (of theorem windows_sum, cited for 'windows_sum') *)
  (H_smoothness_ : forall T : nat, (norm2_b T) <= (norm2_v T) * L ^ 2)
  (* range: S(n), the sum of E‖y_j‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      window_deviation, cited for 'window_deviation') (of theorem window_descent, cited for
      'window_descent') (of theorem windows_sum, cited for 'windows_sum') *)
  (H_S_sign : forall T : nat, forall n : nat, 0 <= (S_2 T) n)
  (* assumed: no step: an empty sum (of theorem exact_path, cited for 'exact_path') (of theorem
      window_deviation, cited for 'window_deviation') (of theorem window_descent, cited for
      'window_descent') (of theorem windows_sum, cited for 'windows_sum') *)
  (H_no_step : forall T : nat, (D T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem exact_path, cited for 'exact_path') (of
      theorem window_deviation, cited for 'window_deviation') (of theorem window_descent, cited for
      'window_descent') (of theorem windows_sum, cited for 'windows_sum') *)
  (H_so_far : forall T : nat, forall n : nat, (A T) n = ((norm2_m T) n))
  (* range: S(n), the sum of E‖y_j‖² (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') (of theorem
      windows_sum, cited for 'windows_sum') *)
  (H_S_sign_ : forall T : nat, forall i : nat, 0 <= (S_2 T) i)
  (* assumed: no update: an empty sum (of theorem squared_sum, cited for 'squared_sum') (of theorem
      exact_path, cited for 'exact_path') (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') (of theorem
      windows_sum, cited for 'windows_sum') *)
  (H_no_update : forall T : nat, (S_2 T) O = 0)
  (* assumed: so far: m is the mean so far (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') (of theorem
      windows_sum, cited for 'windows_sum') *)
  (H_so_far_ : forall T : nat, forall n : nat, forall i : nat, (A T) i = (((norm2_m_ T) n) i))
  (* assumed: one more: the next mean is (n m + y)/(n + 1) (of theorem squared_sum, cited for
      'squared_sum') (of theorem exact_path, cited for 'exact_path') (of theorem window_deviation,
      cited for 'window_deviation') (of theorem window_descent, cited for 'window_descent') (of
      theorem windows_sum, cited for 'windows_sum') *)
  (H_one_more : forall T : nat, forall n : nat, forall i : nat, (A T) (S i) = (((norm2_m_ T) n) i) *
      (INR i) ^ 2 / (INR i + 1) ^ 2 + 2 * INR i * (((m_dot_y T) n) i) / (INR i + 1) ^ 2 +
      (((norm2_y_ T) n) i) / (INR i + 1) ^ 2)
  (* assumed: S(n + 1): one more square (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') (of theorem
      windows_sum, cited for 'windows_sum') *)
  (H_S_n_1 : forall T : nat, forall n : nat, forall i : nat, (S_2 T) (S i) = (((norm2_y_ T) n) i) +
      (S_2 T) i)
  (* squared norm: a squared norm: ‖m - y‖² (of theorem squared_sum, cited for 'squared_sum') (of
      theorem exact_path, cited for 'exact_path') (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') (of theorem
      windows_sum, cited for 'windows_sum') *)
  (H_square_2 : forall T : nat, forall n : nat, forall i : nat, 0 <= (((norm2_m_ T) n) i) +
      (((norm2_y_ T) n) i) - 2 * (((m_dot_y T) n) i))
  (* assumed: S(n + 1): one more square (of theorem exact_path, cited for 'exact_path') (of theorem
      window_deviation, cited for 'window_deviation') (of theorem window_descent, cited for
      'window_descent') (of theorem windows_sum, cited for 'windows_sum') *)
  (H_S_n_1_ : forall T : nat, forall n : nat, (S_2 T) (S n) = ((norm2_y T) n) + (S_2 T) n)
  (* assumed: D(n + 1): one more distance: w_n − x = −η(the sum so far) (of theorem exact_path,
      cited for 'exact_path') (of theorem window_deviation, cited for 'window_deviation') (of
      theorem window_descent, cited for 'window_descent') (of theorem windows_sum, cited for
      'windows_sum') *)
  (H_D_n_1 : forall T : nat, forall n : nat, (D T) (S n) = ((norm2_m T) n) * (INR n) ^ 2 * gamma ^ 2
      + (D T) n)
  (* squared norm: a squared norm: ‖y‖² (of theorem exact_path, cited for 'exact_path') (of theorem
      window_deviation, cited for 'window_deviation') (of theorem window_descent, cited for
      'window_descent') (of theorem windows_sum, cited for 'windows_sum') *)
  (H_square_3 : forall T : nat, forall n : nat, 0 <= ((norm2_y T) n))
  (* assumed: the path: a mean over P rounds (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') (of theorem
      windows_sum, cited for 'windows_sum') *)
  (H_the_path : forall T : nat, (D T) P = INR P * (norm2_v T))
  (* assumed: the gradients: Σ q ∇f_i(x_k) = ∇F(x) + u + t, a mean over P rounds (of theorem
      window_deviation, cited for 'window_deviation') (of theorem window_descent, cited for
      'window_descent') (of theorem windows_sum, cited for 'windows_sum') *)
  (H_the_gradients : forall T : nat, (S_2 T) P = INR P * ((norm2_t_ T) + (norm2_u T) + (g T) + 2 *
      (t_dot_u T) + 2 * (t_dot_gradF T) + 2 * (u_dot_gradF T)))
  (* squared norm: ‖b‖² is not negative, being a squared norm, a mean of them or an excess (of
      theorem window_deviation, cited for 'window_deviation') (of theorem window_descent, cited for
      'window_descent') (of theorem windows_sum, cited for 'windows_sum') *)
  (H_b2_sign_ : forall T : nat, 0 <= (norm2_b_ T))
  (* assumed: mean: Σ d_k (b_k − m) = 0, and m is the same for all (of theorem mean_over_clients,
      cited for 'mean over those who are there') (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') (of theorem
      windows_sum, cited for 'windows_sum') *)
  (H_mean_2 : forall T : nat, (b_dot_m_2 T) = (norm2_t_ T))
  (* squared norm: a squared norm: ‖b - m‖² (of theorem mean_over_clients, cited for 'mean over
      those who are there') (of theorem window_deviation, cited for 'window_deviation') (of theorem
      window_descent, cited for 'window_descent') (of theorem windows_sum, cited for 'windows_sum')
      *)
  (H_square_2_ : forall T : nat, 0 <= (norm2_b_ T) + (norm2_t_ T) - 2 * (b_dot_m_2 T))
  (* assumed: smoothness: every f_i is L-smooth (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') (of theorem
      windows_sum, cited for 'windows_sum') *)
  (H_smoothness_2 : forall T : nat, (norm2_b_ T) <= (norm2_v T) * L ^ 2)
  (* assumed: mean of u: ū is the mean of u over the window, and ∇F(x) the same for all rounds (of
      theorem window_deviation, cited for 'window_deviation') (of theorem window_descent, cited for
      'window_descent') (of theorem windows_sum, cited for 'windows_sum') *)
  (H_mean_of_u : forall T : nat, (u_dot_gradF T) = (u_bar_dot_gradF_ T))
  (* assumed: bias of a window: E‖(1/P) Σ_k u_k‖² <= δ² (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') (of theorem
      windows_sum, cited for 'windows_sum') *)
  (H_bias_of_a_window_ : forall T : nat, (norm2_u_bar_ T) <= delta2)
  (* assumed: bias of a round: E‖u_k‖² <= ν² on average (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') (of theorem
      windows_sum, cited for 'windows_sum') *)
  (H_bias_of_a_round : forall T : nat, (norm2_u T) <= nu2)
  (* squared norm: a squared norm: ‖-t + u + ∇F‖² (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') (of theorem
      windows_sum, cited for 'windows_sum') *)
  (H_square_3_ : forall T : nat, 0 <= (norm2_t_ T) + (norm2_u T) + (g T) + 2 * (u_dot_gradF T) - 2 *
      (t_dot_u T) - 2 * (t_dot_gradF T))
  (* squared norm: a squared norm: ‖-ū + ∇F‖² (of theorem window_deviation, cited for
      'window_deviation') (of theorem window_descent, cited for 'window_descent') (of theorem
      windows_sum, cited for 'windows_sum') *)
  (H_square_4 : forall T : nat, 0 <= (norm2_u_bar_ T) + (g T) - 2 * (u_bar_dot_gradF_ T))
  (* squared norm: a squared norm: ‖∇F‖² (of theorem window_descent, cited for 'window_descent') (of
      theorem windows_sum, cited for 'windows_sum') *)
  (H_square_5 : forall T : nat, 0 <= (g T))
  (* squared norm: a squared norm: ‖t̄ + ū + ∇F‖² (of theorem window_descent, cited for
      'window_descent') (of theorem windows_sum, cited for 'windows_sum') *)
  (H_square_6 : forall T : nat, 0 <= (norm2_t_bar T) + (norm2_u_bar T) + (g T) + 2 *
      (t_bar_dot_u_bar T) + 2 * (t_bar_dot_gradF T) + 2 * (u_bar_dot_gradF T))
  (* squared norm: a squared norm: ‖-t̄ + ū‖² (of theorem window_descent, cited for
      'window_descent') (of theorem windows_sum, cited for 'windows_sum') *)
  (H_square_7 : forall T : nat, 0 <= (norm2_t_bar T) + (norm2_u_bar T) - 2 * (t_bar_dot_u_bar T))
  (* assumed: one more gradient: S(T + 1) adds E‖∇F(x_T)‖² (of theorem windows_sum, cited for
      'windows_sum') *)
  (H_one_more_gradient : forall T : nat, S_ (S T) = S_ T + g T)
  (* assumed: mean gradient: φ is the mean of E‖∇F(x_t)‖² *)
  (H_mean_gradient : phi = S_ T / INR T)
  (* assumed: F >= F_inf: F_inf is a lower bound *)
  (H_F_F_inf : 0 <= E T)
  : phi <= 4 * F0 / (INR P * INR T * gamma) + 9 * INR P * nu2 * L ^ 2 * gamma ^ 2 * (INR P - 1) / 2
      + 9 * delta2 / 2.
Proof.
  pose proof (pos_INR P).
  pose proof (pos_INR T).
  assert (exists o_slack, 0 <= o_slack /\ o_slack = INR P - 1)
    as [o_slack [o_slack_sign o_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR P - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists s_slack, 0 <= s_slack /\ s_slack = 1 / (3 * L * INR P * gamma) - 1)
    as [s_slack [s_slack_sign s_slack_def]].
  { eexists; split; [ | reflexivity ].
    written (((1 / 3) / (L * (INR P) * gamma)) * (1 - (3 * L * INR P * gamma))).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (exists u_slack, 0 <= u_slack /\ u_slack = INR T - 1)
    as [u_slack [u_slack_sign u_slack_def]].
  { eexists; split; [ | reflexivity ].
    written ((1) * (INR T - 1)).
    apply Rmult_le_pos; [ sign | lra ]. }
  assert (chart_P : INR P = o_slack + 1).
  { rewrite ?o_slack_def. identity. }
  assert (chart_gamma : gamma = 1 / (3 * L * (o_slack + 1) * (s_slack + 1))).
  { rewrite ?o_slack_def, ?s_slack_def. identity. }
  assert (chart_T : INR T = u_slack + 1).
  { rewrite ?u_slack_def. identity. }
  {
  assert (fact_1 : 0 <= F0 + 9 * INR P * INR T * gamma * (INR P * nu2 * L ^ 2 * gamma ^ 2 * (INR P -
      1) + delta2) / 8 - (INR P * gamma * S_ T / 4 + E T)).
  { apply room.
  refine ((windows_sum L gamma P nu2 delta2 F0 E S_ g norm2_b norm2_t_bar norm2_t norm2_v
      norm2_u_bar t_bar_dot_u_bar t_bar_dot_gradF u_bar_dot_gradF b_dot_m b_dot_m_ norm2_b_ norm2_t_
      norm2_u norm2_u_bar_ t_dot_u t_dot_gradF u_dot_gradF u_bar_dot_gradF_ D S_2 norm2_m norm2_y A
      norm2_m_ norm2_y_ m_dot_y b_dot_m_2 _ _ _ _ _ _ _ _ H_start H_no_gradient_yet H_E_T_sign
      H_g_T_sign H_smoothness H_bias_of_a_window H_t2_sign H_mean H_square H_b2_sign H_mean_
      H_square_ H_smoothness_ H_S_sign H_no_step H_so_far H_S_sign_ H_no_update H_so_far_ H_one_more
      H_S_n_1 H_square_2 H_S_n_1_ H_D_n_1 H_square_3 H_the_path H_the_gradients H_b2_sign_ H_mean_2
      H_square_2_ H_smoothness_2 H_mean_of_u H_bias_of_a_window_ H_bias_of_a_round H_square_3_
      H_square_4 H_square_5 H_square_6 H_square_7 H_one_more_gradient T)).
  { generalize L_sign. cbn [INR]. lra. }
  { generalize gamma_sign. cbn [INR]. lra. }
  { generalize P_sign. cbn [INR]. lra. }
  { generalize nu2_sign. cbn [INR]. lra. }
  { generalize delta2_sign. cbn [INR]. lra. }
  { generalize F0_sign. cbn [INR]. lra. }
  { generalize in_range_P_1. cbn [INR]. lra. }
  { generalize in_range_3gammaLP_1. cbn [INR]. lra. } }
  assert (multiplier_1 : 0 <= 4 / (INR P * INR T * gamma)).
  { rewrite ?chart_P, ?chart_gamma, ?chart_T. written (12 * L * (s_slack + 1) / (u_slack + 1)).
      sign. }
  assert (part_1 := Rmult_le_pos _ _ multiplier_1 fact_1).
  assert (fact_2 : phi - (S_ T / INR T) = 0).
  { exact (same _ _ H_mean_gradient). }
  assert (part_2 := times_zero (- 1) _ fact_2).
  assert (fact_3 : 0 <= E T - 0).
  { exact (room _ _ H_F_F_inf). }
  assert (multiplier_3 : 0 <= 4 / (INR P * INR T * gamma)).
  { rewrite ?chart_P, ?chart_gamma, ?chart_T. written (12 * L * (s_slack + 1) / (u_slack + 1)).
      sign. }
  assert (part_3 := Rmult_le_pos _ _ multiplier_3 fact_3).
  apply at_most.
  match goal with |- 0 <= ?here => replace here with ((4 / (INR P * INR T * gamma)) * (F0 + 9 * INR
      P * INR T * gamma * (INR P * nu2 * L ^ 2 * gamma ^ 2 * (INR P - 1) + delta2) / 8 - (INR P *
      gamma * S_ T / 4 + E T)) + (- 1) * (phi - (S_ T / INR T)) + (4 / (INR P * INR T * gamma)) * (E
      T - 0)) by identity end.
  parts.
  }
Qed.

Print Assumptions windows.
