using System.Globalization;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>Names of result columns: aliases first, then what InfluxDB makes up, with <c>_1</c>, <c>_2</c> for those taken.</summary>
internal static class ColumnNames
{
    public static IReadOnlyList<string> Of(IReadOnlyList<Field> fields)
    {
        var time = fields.FirstOrDefault(f => f.Expr is VarRef { Name: "time" });
        var columns = new List<string> { time?.Alias ?? "time" };
        var rest = fields.Where(f => f.Expr is not VarRef { Name: "time" }).ToList();
        var taken = new Dictionary<string, int>();
        foreach (var alias in rest.Select(f => f.Alias).OfType<string>())
            taken[alias] = 1;
        foreach (var field in rest)
        {
            var name = field.Alias ?? Default(field.Expr);
            if (field.Alias is null && taken.TryGetValue(name, out var count))
            {
                var numbered = Numbered(name, count);
                while (taken.ContainsKey(numbered))
                    numbered = Numbered(name, ++count);
                taken[name] = count + 1;
                name = numbered;
            }

            taken.TryAdd(name, 1);
            columns.Add(name);
        }

        return columns;
    }

    private static string Numbered(string name, int count) => name + "_" + count.ToString(CultureInfo.InvariantCulture);

    private static string Default(Expr expr) => expr switch
    {
        VarRef v => v.Name,
        Call c => c.Name,
        Paren p => Default(p.Inner),
        Binary => string.Join("_", expr.Flatten().Where(IsNamed(expr)).Select(Default)),
        _ => "",
    };

    // Names inside of a call do not count, the call's does.
    private static Func<Expr, bool> IsNamed(Expr root)
    {
        var inside = root.Flatten().OfType<Call>().SelectMany(c => c.Args).SelectMany(a => a.Flatten())
            .ToHashSet(ReferenceEqualityComparer.Instance);
        return e => e is VarRef or Call && !inside.Contains(e);
    }
}
