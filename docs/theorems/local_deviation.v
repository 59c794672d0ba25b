(* How far clients are from where they started, without bounded gradients. *)
(* F = Σ d_i f_i, every f_i is L-smooth; every client takes K local steps of η from x, w is where it
    stands at one of them; products are means over clients with weights d_i, over the K steps, and
    expectations: t = ∇f_i(w) − ∇f_i(x), a = ∇f_i(x) − ∇F(x), v = w − x. A client's local gradients
    have noise of mean 0 given the past, of variance at most σ_i², independent across clients and
    local steps, σ² >= Σ d_i σ_i²; epochs through shuffled data are not covered. *)
(* Reference: compare Karimireddy et al. (ICML 2020), lemma 8. *)

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
Theorem local_deviation
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

Print Assumptions local_deviation.
