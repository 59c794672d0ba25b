(* The Horvitz-Thompson estimator for any number of clients, drawn independently.
   A client is (p, u, w): its probability, its update for one model and for another (numbers; a
   vector is treated one coordinate at a time). Expectations are finite sums over who is drawn.
   Proved: the mean, the second moment, the covariance of two models that one draw trains together,
   and the variance of the sum of weights (take u for a client's weight). *)
Require Import Reals Psatz List.
Import ListNotations.
Open Scope R_scope.

Definition client := (R * R * R)%type.
Definition drawable (clients : list client) := Forall (fun c => 0 < fst (fst c)) clients.

(* the expectation of f (estimate for the first model) (estimate for the second) *)
Fixpoint expect (clients : list client) (f : R -> R -> R) : R :=
  match clients with
  | [] => f 0 0
  | (p, u, w) :: rest =>
      p * expect rest (fun x y => f (x + u / p) (y + w / p)) + (1 - p) * expect rest f
  end.
Fixpoint sum (g : R -> R -> R -> R) (clients : list client) : R :=
  match clients with [] => 0 | (p, u, w) :: rest => g p u w + sum g rest end.
Definition first := sum (fun _ u _ => u).
Definition second := sum (fun _ _ w => w).

Lemma expect_ext clients : forall f g, (forall x y, f x y = g x y) -> expect clients f = expect clients g.
Proof.
  induction clients as [| [[p u] w] rest IH]; simpl; intros f g same; [apply same |].
  rewrite (IH _ (fun x y => g (x + u / p) (y + w / p))) by (intros; apply same).
  rewrite (IH f g same). reflexivity.
Qed.
Lemma expect_linear clients : forall a b f g,
  expect clients (fun x y => a * f x y + b * g x y) = a * expect clients f + b * expect clients g.
Proof.
  induction clients as [| [[p u] w] rest IH]; simpl; intros; [ring |].
  rewrite (IH a b (fun x y => f (x + u / p) (y + w / p)) (fun x y => g (x + u / p) (y + w / p))), IH.
  ring.
Qed.
Lemma expect_constant clients : forall c, expect clients (fun _ _ => c) = c.
Proof. induction clients as [| [[p u] w] rest IH]; simpl; intros; [| rewrite !IH]; ring. Qed.
(* in the form that the inductions use: a linear form of x and y *)
Lemma expect_affine clients a b c :
  expect clients (fun x y => a * x + b * y + c)
  = a * expect clients (fun x _ => x) + b * expect clients (fun _ y => y) + c.
Proof.
  rewrite (expect_ext clients _ (fun x y => 1 * (a * x + b * y) + c * 1)) by (intros; ring).
  rewrite (expect_linear clients 1 c (fun x y => a * x + b * y) (fun _ _ => 1)).
  rewrite (expect_linear clients a b (fun x _ => x) (fun _ y => y)), expect_constant. ring.
Qed.

Theorem unbiased clients : drawable clients ->
  expect clients (fun x _ => x) = first clients /\ expect clients (fun _ y => y) = second clients.
Proof.
  unfold first, second.
  induction clients as [| [[p u] w] rest IH]; simpl; intros drawn; [split; reflexivity |].
  inversion drawn as [| c others positive drawn_rest]; subst; simpl in positive.
  destruct (IH drawn_rest) as [mean_x mean_y].
  rewrite (expect_ext rest (fun x _ => x + u / p) (fun x y => 1 * x + 0 * y + u / p)) by (intros; ring).
  rewrite (expect_ext rest (fun _ y => y + w / p) (fun x y => 0 * x + 1 * y + w / p)) by (intros; ring).
  rewrite !expect_affine, mean_x, mean_y. split; field; lra.
Qed.

(* the second moment is the squared mean plus the variance, the sum of u^2 (1/p - 1) *)
Theorem covariance clients : drawable clients ->
  expect clients (fun x y => x * y)
  = first clients * second clients + sum (fun p u w => u * w * (1 / p - 1)) clients.
Proof.
  unfold first, second.
  induction clients as [| [[p u] w] rest IH]; simpl; intros drawn; [ring |].
  inversion drawn as [| c others positive drawn_rest]; subst; simpl in positive.
  destruct (unbiased rest drawn_rest) as [mean_x mean_y]. unfold first, second in mean_x, mean_y.
  rewrite (expect_ext rest (fun x y => (x + u / p) * (y + w / p))
    (fun x y => 1 * (x * y) + 1 * (w / p * x + u / p * y + u / p * (w / p)))) by (intros; ring).
  rewrite (expect_linear rest 1 1 (fun x y => x * y)).
  rewrite expect_affine, mean_x, mean_y, (IH drawn_rest). field. lra.
Qed.

Theorem second_moment clients : drawable clients ->
  expect clients (fun x _ => x * x)
  = first clients * first clients + sum (fun p u _ => u * u * (1 / p - 1)) clients.
Proof.
  unfold first.
  induction clients as [| [[p u] w] rest IH]; simpl; intros drawn; [ring |].
  inversion drawn as [| c others positive drawn_rest]; subst; simpl in positive.
  destruct (unbiased rest drawn_rest) as [mean_x _]. unfold first in mean_x.
  rewrite (expect_ext rest (fun x _ => (x + u / p) * (x + u / p))
    (fun x y => 1 * (x * x) + 1 * (2 * (u / p) * x + 0 * y + u / p * (u / p)))) by (intros; ring).
  rewrite (expect_linear rest 1 1 (fun x _ => x * x)).
  rewrite expect_affine, mean_x, (IH drawn_rest). field. lra.
Qed.

(* E |estimate - sum|^2; with weights d for the updates it is the participation variance Var H *)
Theorem variance clients : drawable clients ->
  expect clients (fun x _ => (x - first clients) * (x - first clients))
  = sum (fun p u _ => u * u * (1 / p - 1)) clients.
Proof.
  intros drawn. set (m := first clients).
  rewrite (expect_ext clients _
    (fun x y => 1 * (x * x) + 1 * (- 2 * m * x + 0 * y + m * m))) by (intros; ring).
  rewrite (expect_linear clients 1 1 (fun x _ => x * x)), expect_affine.
  destruct (unbiased clients drawn) as [mean_x _].
  rewrite (second_moment clients drawn), mean_x. fold m. ring.
Qed.

Print Assumptions unbiased.
Print Assumptions covariance.
Print Assumptions second_moment.
Print Assumptions variance.
