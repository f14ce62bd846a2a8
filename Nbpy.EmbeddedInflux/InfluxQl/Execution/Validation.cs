using System.Globalization;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>What InfluxDB refuses in a SELECT before it looks at data.</summary>
internal static class Validation
{
    public static void Check(
        SelectStatement statement, IReadOnlyList<Field> fields, IReadOnlyList<Call> calls, IReadOnlyList<VarRef> references, bool interval)
    {
        foreach (var call in fields.SelectMany(f => MathCalls(f.Expr)))
        {
            var expected = Maths.ArgumentCount(call.Name);
            if (call.Args.Count != expected)
                throw Arguments(call, expected.ToString(CultureInfo.InvariantCulture));
        }

        foreach (var call in calls)
            CheckCall(call, interval);
        foreach (var field in fields)
        {
            if (field.Expr.Bare() is Literal or DurationLiteral)
                throw new StatementException("field must contain at least one variable");
        }

        var plain = references.Where(r => r.Name != "time").ToList();
        if (calls.Count == 0 && plain.Count == 0 && statement.Fields.All(f => f.Expr is VarRef))
            throw new StatementException("at least 1 non-time field must be queried");
        if (calls.Count == 0)
        {
            if (interval)
                throw new StatementException("GROUP BY requires at least one aggregate function");
            if (statement.Fill is FillKind.None or FillKind.Linear)
                throw new StatementException($"fill({statement.Fill.ToString().ToLowerInvariant()}) must be used with a function");
            return;
        }

        var single = calls.FirstOrDefault(c => c.Name is "top" or "bottom");
        if (single is not null && calls.Count > 1)
            throw new StatementException($"selector function {single.Name}() cannot be combined with other functions");
        if (single is not null && statement.Limit is { } limit && ((Literal)single.Args[^1]).Value is long most && most > limit)
        {
            throw new StatementException(
                $"limit ({most}) in {single.Name} function can not be larger than the LIMIT ({limit}) in the select statement");
        }

        if (calls.Any(c => c.Name == "distinct") && (calls.Count > 1 || plain.Count > 0))
            throw new StatementException("aggregate function distinct() cannot be combined with other functions or fields");
        if (plain.Count == 0)
            return;
        if (calls.Any(c => Function.Find(c.Name)!.Kind != FunctionKind.Selector))
            throw new StatementException("mixing aggregate and non-aggregate queries is not supported");
        if (calls.Count > 1)
            throw new StatementException("mixing multiple selector functions with tags or fields is not supported");
    }

    private static IEnumerable<Call> MathCalls(Expr expr) => expr switch
    {
        Call c when Maths.IsFunction(c.Name) => c.Args.SelectMany(MathCalls).Prepend(c),
        Binary b => MathCalls(b.Left).Concat(MathCalls(b.Right)),
        Paren p => MathCalls(p.Inner),
        _ => [],
    };

    private static StatementException Arguments(Call call, string expected) =>
        new($"invalid number of arguments for {call.Name}, expected {expected}, got {call.Args.Count}");

    private static void CheckCall(Call call, bool interval)
    {
        if (call.Name is "holt_winters" or "holt_winters_with_fit")
            throw new StatementException($"{call.Name}() is not supported by this server");
        var function = Function.Find(call.Name) ?? throw new StatementException($"undefined function {call.Name}()");
        if (call.Args.Count < function.MinArgs || call.Args.Count > function.MaxArgs)
        {
            throw Arguments(call, function.MaxArgs == int.MaxValue ? $"at least {function.MinArgs}"
                : function.MaxArgs > function.MinArgs ? $"at least {function.MinArgs} but no more than {function.MaxArgs}"
                : function.MinArgs.ToString(CultureInfo.InvariantCulture));
        }

        CheckParameters(call);
        var first = call.Args[0];
        if (function.Kind == FunctionKind.Transformation)
        {
            if (first is Call inner)
            {
                if (!interval)
                    throw new StatementException($"{call.Name} aggregate requires a GROUP BY interval");
                CheckCall(inner, interval);
                return;
            }

            if (interval)
                throw new StatementException($"aggregate function required inside the call to {call.Name}");
        }

        if (call.Name == "count" && first is Call { Name: "distinct" } distinct)
            first = distinct.Args[0];
        if (first is not VarRef)
            throw new StatementException($"expected field argument in {call.Name}()");
    }

    private static void CheckParameters(Call call)
    {
        var last = call.Args[^1];
        switch (call.Name)
        {
            case "percentile" when last is not Literal { Value: long or double }:
                throw new StatementException("expected float argument in percentile()");
            case "sample" or "moving_average" when last is not Literal { Value: long }:
                throw new StatementException($"expected integer argument in {call.Name}()");
            case "sample" when (long)((Literal)last).Value! <= 0:
                throw new StatementException("sample window must be greater than 1, got " + ((Literal)last).Value);
            case "moving_average" when (long)((Literal)last).Value! <= 1:
                throw new StatementException("moving_average window must be greater than 1, got " + ((Literal)last).Value);
            case "top" or "bottom" when last is not Literal { Value: long }:
                throw new StatementException($"expected integer as last argument in {call.Name}(), found {(last as VarRef)?.Name}");
            case "top" or "bottom" when (long)((Literal)last).Value! <= 0:
                throw new StatementException($"limit ({((Literal)last).Value}) in {call.Name} function must be at least 1");
            case "top" or "bottom" when call.Args.Skip(1).SkipLast(1).Any(a => a is not VarRef):
                throw new StatementException($"only fields or tags are allowed in {call.Name}()");
            case "derivative" or "non_negative_derivative" or "elapsed" or "integral"
                when call.Args.Count == 2 && last is not DurationLiteral { Nanoseconds: > 0 }:
                throw new StatementException($"second argument to {call.Name} must be a duration, got {last.GoType()}");
        }
    }
}
