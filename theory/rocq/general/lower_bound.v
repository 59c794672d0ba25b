(* The lower bound by which certificates are judged, for any number of probabilities and limits,
   and water-filling's optimality for any number of processors.
   Problem: minimise the sum of a_i^2 / p_i over l_i <= p_i <= u_i and sum_i A_ji p_i <= b_j.
   Prices y_j >= 0 give kappa_i = sum_j A_ji y_j; every feasible p costs at least
   sum_i (a_i^2 / p*_i + kappa_i p*_i) - sum_j b_j y_j with p*_i = a_i / sqrt kappa_i, clipped to
   [l_i, u_i], and u_i where kappa_i = 0. Where a_i = 0 the cost a_i^2 / p_i is 0, p_i = 0 included. *)
Require Import Reals Psatz Arith Lia.
Open Scope R_scope.

(* f 0 + ... + f (n - 1) *)
Fixpoint total (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S k => total k f + f k end.

Lemma total_at_most n f g : (forall i, (i < n)%nat -> f i <= g i) -> total n f <= total n g.
Proof.
  induction n as [| n IH]; simpl; intros each; [lra |].
  apply Rplus_le_compat; [apply IH; intros; apply each; lia | apply each; lia].
Qed.
Lemma total_plus n f g : total n (fun i => f i + g i) = total n f + total n g.
Proof. induction n as [| n IH]; simpl; [| rewrite IH]; ring. Qed.
Lemma total_times n c f : total n (fun i => c * f i) = c * total n f.
Proof. induction n as [| n IH]; simpl; [| rewrite IH]; ring. Qed.
Lemma total_same n f g : (forall i, (i < n)%nat -> f i = g i) -> total n f = total n g.
Proof.
  induction n as [| n IH]; simpl; intros each; [reflexivity |].
  rewrite IH by (intros; apply each; lia). rewrite each by lia. reflexivity.
Qed.
Lemma total_swap n k f :
  total n (fun i => total k (fun j => f i j)) = total k (fun j => total n (fun i => f i j)).
Proof.
  induction n as [| n IH]; simpl.
  - induction k as [| k IHk]; simpl; [| rewrite <- IHk]; ring.
  - rewrite IH. symmetry. apply total_plus.
Qed.

Definition clip (a kappa l u : R) : R :=
  if Rle_dec kappa 0 then u else Rmax l (Rmin u (a / sqrt kappa)).

(* p against another point P of the range: the difference is (p - P)(kappa - a^2 / (p P)) *)
Lemma apart a kappa p P : 0 < p -> 0 < P -> 0 <= (p - P) * (kappa * (p * P) - a * a) ->
  a * a / P + kappa * P <= a * a / p + kappa * p.
Proof.
  intros Hp HP H.
  assert (E : a * a / p + kappa * p - (a * a / P + kappa * P)
    = ((p - P) * (kappa * (p * P) - a * a)) * (/ p * / P)) by (field; lra).
  assert (0 <= ((p - P) * (kappa * (p * P) - a * a)) * (/ p * / P)).
  { apply Rmult_le_pos; [exact H |].
    apply Rmult_le_pos; left; apply Rinv_0_lt_compat; assumption. }
  lra.
Qed.

Theorem one_probability a kappa l u p :
  0 <= a -> 0 <= kappa -> 0 <= l -> l <= p -> p <= u -> (0 < a -> 0 < p) ->
  a * a / clip a kappa l u + kappa * clip a kappa l u <= a * a / p + kappa * p.
Proof.
  intros Ha Hk Hl Hlp Hpu positive. unfold clip.
  destruct (Rle_dec kappa 0) as [free | priced].
  - assert (kappa = 0) by lra. subst kappa.
    destruct (Req_dec a 0) as [-> | busy]; [unfold Rdiv; lra |].
    assert (0 < p) by (apply positive; lra). apply apart; [lra | lra |].
    replace ((p - u) * (0 * (p * u) - a * a)) with ((u - p) * (a * a)) by ring.
    apply Rmult_le_pos; [lra | nra].
  - assert (above : 0 < kappa) by lra.
    assert (root : 0 < sqrt kappa) by (apply sqrt_lt_R0; exact above).
    assert (square : sqrt kappa * sqrt kappa = kappa) by (apply sqrt_sqrt; lra).
    set (s := sqrt kappa) in *.
    destruct (Req_dec a 0) as [-> | busy].
    { replace (0 / s) with 0 by (unfold Rdiv; ring).
      rewrite Rmin_right by lra. rewrite Rmax_left by lra.
      assert (kappa * l <= kappa * p) by (apply Rmult_le_compat_l; lra).
      unfold Rdiv. rewrite !Rmult_0_l. lra. }
    assert (0 < p) by (apply positive; lra).
    set (x := a / s). assert (at_x : a = s * x) by (unfold x; field; lra).
    assert (0 < x) by (unfold x; apply Rdiv_lt_0_compat; lra).
    rewrite at_x, <- square.
    unfold Rmin. destruct (Rle_dec u x) as [high | low].
    + rewrite Rmax_right by lra. apply apart; [lra | lra |].
      replace ((p - u) * (s * s * (p * u) - s * x * (s * x)))
        with ((s * s) * ((u - p) * (x * x - p * u))) by ring.
      apply Rmult_le_pos; [nra |]. apply Rmult_le_pos; [lra |].
      assert (p * u <= x * x) by (apply Rmult_le_compat; lra). lra.
    + unfold Rmax. destruct (Rle_dec l x) as [inside | below].
      * apply apart; [lra | lra |].
        replace ((p - x) * (s * s * (p * x) - s * x * (s * x)))
          with ((s * s) * (x * ((p - x) * (p - x)))) by ring.
        apply Rmult_le_pos; [nra |]. apply Rmult_le_pos; [lra | exact (Rle_0_sqr (p - x))].
      * apply apart; [lra | lra |].
        replace ((p - l) * (s * s * (p * l) - s * x * (s * x)))
          with ((s * s) * ((p - l) * (p * l - x * x))) by ring.
        apply Rmult_le_pos; [nra |]. apply Rmult_le_pos; [lra |].
        assert (x * x <= p * l) by (apply Rmult_le_compat; lra). lra.
Qed.

(* n probabilities, k limits *)
Theorem lower_bound (n k : nat) (a l u p b y : nat -> R) (A : nat -> nat -> R) :
  let kappa := fun i => total k (fun j => A j i * y j) in
  let best := fun i => clip (a i) (kappa i) (l i) (u i) in
  (forall i, (i < n)%nat -> 0 <= a i /\ 0 <= l i <= p i /\ p i <= u i /\ (0 < a i -> 0 < p i)) ->
  (forall j, (j < k)%nat -> 0 <= y j) ->
  (forall i j, (i < n)%nat -> (j < k)%nat -> 0 <= A j i) ->
  (forall j, (j < k)%nat -> total n (fun i => A j i * p i) <= b j) ->
  total n (fun i => a i * a i / best i + kappa i * best i) - total k (fun j => b j * y j)
  <= total n (fun i => a i * a i / p i).
Proof.
  intros kappa best each prices rows feasible.
  assert (spent : total n (fun i => kappa i * p i) <= total k (fun j => b j * y j)).
  { rewrite (total_same n _ (fun i => total k (fun j => (A j i * p i) * y j))).
    - rewrite total_swap. apply total_at_most. intros j Hj.
      rewrite (total_same n _ (fun i => y j * (A j i * p i))) by (intros; ring).
      rewrite total_times. rewrite (Rmult_comm (b j)).
      apply Rmult_le_compat_l; [apply prices | apply feasible]; exact Hj.
    - intros i _. unfold kappa. rewrite Rmult_comm, <- total_times.
      apply total_same. intros; ring. }
  assert (dual : total n (fun i => a i * a i / best i + kappa i * best i)
    <= total n (fun i => a i * a i / p i + kappa i * p i)).
  { apply total_at_most. intros i Hi. destruct (each i Hi) as [Ha [[Hl Hlp] [Hpu positive]]].
    apply one_probability; try assumption.
    assert (total k (fun _ => 0) <= kappa i) as priced.
    { apply total_at_most. intros j Hj. apply Rmult_le_pos; [apply rows | apply prices]; assumption. }
    assert (total k (fun _ => 0) = 0) as nothing.
    { clear. induction k as [| k IH]; simpl; [| rewrite IH]; ring. }
    lra. }
  rewrite total_plus in dual at 1. rewrite (total_plus n (fun i => a i * a i / p i)) in dual.
  rewrite total_plus. lra.
Qed.

(* one limit, the budget m; the water level r: q = c where M >= c r, and M / r elsewhere *)
Definition filled (M c r : R) : R := Rmin c (M / r).

Lemma filled_is_clipped M c r : 0 <= M -> 0 < c -> 0 < r -> clip M (r * r) 0 c = filled M c r.
Proof.
  intros HM Hc Hr. unfold clip, filled.
  destruct (Rle_dec (r * r) 0) as [none | _]; [nra |].
  rewrite sqrt_square by lra.
  assert (0 <= M / r).
  { unfold Rdiv. apply Rmult_le_pos; [exact HM | left; apply Rinv_0_lt_compat; exact Hr]. }
  apply Rmax_right. apply Rmin_glb; lra.
Qed.

(* whatever the level r: a lower bound on what any design reaches *)
Theorem water_level (n : nat) (M c q : nat -> R) (m r : R) :
  0 < r ->
  (forall i, (i < n)%nat -> 0 <= M i /\ 0 < c i /\ 0 <= q i <= c i /\ (0 < M i -> 0 < q i)) ->
  total n q <= m ->
  total n (fun i => M i * M i / filled (M i) (c i) r + r * r * filled (M i) (c i) r) - m * (r * r)
  <= total n (fun i => M i * M i / q i).
Proof.
  intros Hr each budget.
  assert (bound := lower_bound n 1 M (fun _ => 0) c q (fun _ => m) (fun _ => r * r) (fun _ _ => 1)).
  cbv zeta in bound.
  assert (H : total n (fun i => M i * M i / clip (M i) (total 1 (fun j => 1 * (r * r))) 0 (c i)
      + total 1 (fun j => 1 * (r * r)) * clip (M i) (total 1 (fun j => 1 * (r * r))) 0 (c i))
      - total 1 (fun j => m * (r * r)) <= total n (fun i => M i * M i / q i)).
  { apply bound.
    - intros i Hi. destruct (each i Hi) as [? [? [[? ?] ?]]]. repeat split; auto; lra.
    - intros. nra.
    - intros. lra.
    - intros. rewrite (total_same n _ q) by (intros; ring). exact budget. }
  cbn [total] in H. replace (0 + 1 * (r * r)) with (r * r) in H by ring.
  replace (0 + m * (r * r)) with (m * (r * r)) in H by ring.
  rewrite (total_same n _
    (fun i => M i * M i / clip (M i) (r * r) 0 (c i) + r * r * clip (M i) (r * r) 0 (c i))).
  - exact H.
  - intros i Hi. destruct (each i Hi) as [? [? _]]. rewrite filled_is_clipped by assumption.
    reflexivity.
Qed.

(* the level at which the budget is spent: no design does better *)
Theorem water_filling (n : nat) (M c q : nat -> R) (m r : R) :
  0 < r ->
  (forall i, (i < n)%nat -> 0 <= M i /\ 0 < c i /\ 0 <= q i <= c i /\ (0 < M i -> 0 < q i)) ->
  total n q <= m ->
  total n (fun i => filled (M i) (c i) r) = m ->
  total n (fun i => M i * M i / filled (M i) (c i) r) <= total n (fun i => M i * M i / q i).
Proof.
  intros Hr each budget spent.
  assert (bound := water_level n M c q m r Hr each budget).
  rewrite total_plus, total_times, spent in bound. lra.
Qed.

Print Assumptions one_probability.
Print Assumptions lower_bound.
Print Assumptions water_level.
Print Assumptions water_filling.
