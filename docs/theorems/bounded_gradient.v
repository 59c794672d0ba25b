(* The gradient of a smooth function that is bounded below. *)
(* f is L-smooth and at least f*; values are measured from f*; f⁺ = f(x − ∇f(x)/L). *)
(* Reference: Nesterov (2004). *)

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
Theorem bounded_gradient
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

(* The bound is attained: f(x) = L/2 ‖x‖². *)
Theorem bounded_gradient_attained
  (L : R) (* the smoothness L *)
  (norm2_gradF : R) (* ‖∇F‖² *)
  (norm2_gradF_sign : 0 <= norm2_gradF)
  (* the smoothness L *)
  (L_sign : 0 < L)
  : exists F : R, exists F_next : R, 
    (* F(x) above its lower bound *) (0 <= F) /\
    (* smoothness: descent lemma, f is L-smooth *) (F_next + norm2_gradF / (2 * L) <= F) /\
    (* f⁺ >= f*: f* is a lower bound *) (0 <= F_next) /\
    (* attained *) (norm2_gradF = 2 * F * L).
Proof.
  exists (norm2_gradF / (2 * L)).
  exists (0).
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      ((1 / 2) * norm2_gradF / L). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (0). sign. }
  split.
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply at_most. written
      (0). sign. }
  { cbv beta. rewrite ?S_INR. cbn [INR]. rewrite <- ?tech_pow_Rmult, ?pow_O. apply equal. match goal
      with |- ?here = 0 => replace here with 0 by identity end. reflexivity. }
Qed.

Print Assumptions bounded_gradient.

Print Assumptions bounded_gradient_attained.
