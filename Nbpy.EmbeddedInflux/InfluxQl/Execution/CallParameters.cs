using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>What InfluxDB refuses in the parameters of a function.</summary>
internal static class CallParameters
{
    /// <param name="call">With as many arguments as the function takes.</param>
    /// <param name="rows">The statement's LIMIT; null: none.</param>
    public static void Check(Call call, long? rows)
    {
        var last = call.Args[^1];
        switch (call.Name)
        {
            case "percentile" when last is not Literal { Value: long or double }:
                throw new StatementException("expected float argument in percentile()");
            case "sample" or "moving_average" when last is not Literal { Value: long }:
                throw new StatementException($"expected integer argument in {call.Name}()");
            case "sample" when Number(last) <= 0:
                throw new StatementException("sample window must be greater than 1, got " + ((Literal)last).Value);
            case "moving_average" when Number(last) <= 1:
                throw new StatementException("moving_average window must be greater than 1, got " + ((Literal)last).Value);
            case "top" or "bottom":
                CheckRanking(call, last, rows);
                break;
            case "derivative" or "non_negative_derivative" or "elapsed" or "integral"
                when call.Args.Count == 2 && last is not DurationLiteral { Nanoseconds: > 0 }:
                throw new StatementException($"second argument to {call.Name} must be a duration, got {last.GoType()}");
        }
    }

    private static void CheckRanking(Call call, Expr last, long? rows)
    {
        if (last is not Literal { Value: long most })
            throw new StatementException($"expected integer as last argument in {call.Name}(), found {StatementText.Of(last)}");
        if (most <= 0)
            throw new StatementException($"limit ({most}) in {call.Name} function must be at least 1");
        if (rows is { } limit && most > limit)
            throw new StatementException($"limit ({most}) in {call.Name} function can not be larger than the LIMIT ({limit}) in the select statement");
        if (call.Args[0] is not VarRef)
            throw new StatementException($"expected first argument to be a field in {call.Name}(), found {StatementText.Of(call.Args[0])}");
        if (call.Args.Skip(1).SkipLast(1).FirstOrDefault(a => a is not VarRef) is { } wrong)
            throw new StatementException($"only fields or tags are allowed in {call.Name}(), found {StatementText.Of(wrong)}");
    }

    private static long Number(Expr literal) => (long)((Literal)literal).Value!;
}
