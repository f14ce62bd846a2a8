using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Makes a function of a column's expression.</summary>
internal static class Evaluator
{
    /// <param name="slots">Where in a row the values of references and calls stand.</param>
    public static Func<object?[], object?> Compile(Expr expr, IReadOnlyList<(Expr Expr, int Index)> slots)
    {
        switch (expr)
        {
            case Paren p:
                return Compile(p.Inner, slots);
            case Literal l:
                return _ => l.Value;
            case DurationLiteral d:
                return _ => d.Nanoseconds;
            case Binary b:
                var (left, right) = (Compile(b.Left, slots), Compile(b.Right, slots));
                return row => Maths.Operate(b.Op, left(row), right(row));
            case Call c when Maths.IsFunction(c.Name):
                var args = c.Args.Select(a => Compile(a, slots)).ToArray();
                return row => Maths.Apply(c.Name, args[0](row), args.Length > 1 ? args[1](row) : null);
            case Call c:
                var call = slots.First(s => s.Expr is Call other && other.Key == c.Key).Index;
                return row => row[call];
            case VarRef v when slots.Any(s => v.Equals(s.Expr)):
                var reference = slots.First(s => v.Equals(s.Expr)).Index;
                return row => row[reference];
            default:
                throw new StatementException("this expression is not supported in SELECT");
        }
    }
}
