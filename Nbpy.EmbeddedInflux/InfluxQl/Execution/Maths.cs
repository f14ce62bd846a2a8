namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>InfluxQL's math functions and operators over values: double, long, bool, string or null.</summary>
internal static class Maths
{
    private static readonly Dictionary<string, int> Functions = new()
    {
        ["abs"] = 1, ["sin"] = 1, ["cos"] = 1, ["tan"] = 1, ["asin"] = 1, ["acos"] = 1, ["atan"] = 1, ["atan2"] = 2, ["exp"] = 1,
        ["log"] = 2, ["ln"] = 1, ["log2"] = 1, ["log10"] = 1, ["sqrt"] = 1, ["pow"] = 2, ["floor"] = 1, ["ceil"] = 1, ["round"] = 1,
    };

    public static bool IsFunction(string name) => Functions.ContainsKey(name);

    public static int ArgumentCount(string name) => Functions[name];

    /// <summary>The function of one argument that DuckDB has under this meaning.</summary>
    public static string? Sql(string name) => name switch
    {
        "abs" or "sin" or "cos" or "tan" or "exp" or "ln" or "log2" or "log10" or "sqrt" or "floor" or "ceil" or "round" => name,
        _ => null,
    };

    public static object? Apply(string name, object? x, object? y = null)
    {
        if (x is long n)
        {
            switch (name)
            {
                case "abs":
                    return Math.Abs(n);
                case "floor" or "ceil" or "round":
                    return n;
            }
        }

        if (Number(x) is not { } a)
            return null;
        if (Functions[name] == 2)
        {
            if (Number(y) is not { } b)
                return null;
            return Finite(name switch { "atan2" => Math.Atan2(a, b), "pow" => Math.Pow(a, b), _ => Math.Log(a) / Math.Log(b) });
        }

        return Finite(name switch
        {
            "abs" => Math.Abs(a),
            "sin" => Math.Sin(a),
            "cos" => Math.Cos(a),
            "tan" => Math.Tan(a),
            "asin" => Math.Asin(a),
            "acos" => Math.Acos(a),
            "atan" => Math.Atan(a),
            "exp" => Math.Exp(a),
            "ln" => Math.Log(a),
            "log2" => Math.Log2(a),
            "log10" => Math.Log10(a),
            "sqrt" => Math.Sqrt(a),
            "floor" => Math.Floor(a),
            "ceil" => Math.Ceiling(a),
            _ => Math.Round(a, MidpointRounding.AwayFromZero),
        });
    }

    /// <summary>An operator of SELECT; anything with null is null, division by zero is zero.</summary>
    public static object? Operate(string op, object? left, object? right)
    {
        if ((left, right) is (bool, bool or null) or (null, bool))
        {
            var (p, q) = (left is true, right is true);
            return op switch { "&" => p & q, "|" => p | q, "^" => p ^ q, _ => null };
        }

        if (left is long a && right is long b)
        {
            return op switch
            {
                "+" => a + b,
                "-" => a - b,
                "*" => a * b,
                "/" => b == 0 ? 0.0 : (double)a / b,
                "%" => b == 0 ? 0L : b == -1 ? 0L : a % b,
                "&" => a & b,
                "|" => a | b,
                "^" => a ^ b,
                _ => null,
            };
        }

        if (Number(left) is not { } x || Number(right) is not { } y)
            return null;
        return op switch
        {
            "+" => Finite(x + y),
            "-" => Finite(x - y),
            "*" => Finite(x * y),
            "/" => y == 0 ? 0.0 : Finite(x / y),
            // Not a number, which is null.
            "%" => Finite(x % y),
            _ => null,
        };
    }

    public static double? Number(object? value) => value switch { double d => d, long n => n, _ => null };

    private static object? Finite(double value) => double.IsFinite(value) ? value : null;
}
