using System.Globalization;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;

namespace Nbpy.EmbeddedInflux.InfluxQl.Execution;

/// <summary>What InfluxDB refuses in a SELECT before it looks at data: its fields in order, then the statement as a whole, then its
/// subqueries. Wildcards are not spelled out yet.</summary>
internal sealed class Validation
{
    private readonly SelectStatement _statement;
    private readonly bool _interval;
    private readonly bool _inherited;
    private int _fields;
    private int _calls;
    private bool _plain;
    private bool _distinct;
    private bool _selectorsOnly = true;
    private string? _ranking;

    private Validation(SelectStatement statement, bool interval, bool inherited) =>
        (_statement, _interval, _inherited) = (statement, interval, inherited);

    /// <summary>Refuses the names that InfluxDB keeps for its SHOW statements.</summary>
    public static void CheckSources(SelectStatement statement)
    {
        foreach (var source in statement.Sources.OfType<MeasurementSource>().Where(s => !s.IsRegex))
        {
            var show = source.Name switch
            {
                "_fieldKeys" => "SHOW FIELD KEYS",
                "_measurements" => "SHOW MEASUREMENTS",
                "_series" => "SHOW SERIES",
                "_tagKeys" => "SHOW TAG KEYS",
                "_tags" => "SHOW TAG VALUES",
                "_name" or "_tagKey" => "the appropriate meta command",
                _ => null,
            };
            if (show is not null)
                throw new StatementException($"unable to use system source '{source.Name}': use {show} instead");
        }
    }

    /// <param name="now">What <c>now()</c> is, in nanoseconds.</param>
    /// <param name="inherited">True when the query around it has an interval, which holds here as well.</param>
    public static void Check(SelectStatement statement, long now, bool inherited = false)
    {
        _ = Condition.Of(statement.Where, now, statement.Zone);
        SelectPlan.CheckDimensions(statement);
        var own = SelectPlan.TimeDimension(statement, now) is not null;
        var validation = new Validation(statement, own || inherited, inherited && !own);
        foreach (var field in statement.Fields.Where(f => f.Expr is not VarRef { Name: "time" }))
        {
            if (IsConstant(field.Expr))
                throw new StatementException("field must contain at least one variable");
            validation._fields++;
            validation.CheckField(field.Expr, true);
        }

        validation.CheckStatement();
        foreach (var subquery in statement.Sources.OfType<SubquerySource>().Select(s => s.Select))
        {
            if (subquery.Ordered && subquery.Descending != statement.Descending)
                throw new StatementException("subqueries must be ordered in the same direction as the query itself");
            // Intervals without a point are of no use to the query around it.
            var filled = subquery.Fill == FillKind.Null && SelectPlan.TimeDimension(subquery, now) is not null;
            Check(subquery with { Descending = statement.Descending, Fill = filled ? FillKind.None : subquery.Fill }, now, own || inherited);
        }
    }

    private void CheckStatement()
    {
        if (_fields == 0)
            throw new StatementException("at least 1 non-time field must be queried");
        if (_calls > 1 && _ranking is not null)
            throw Combined(_ranking);
        if (_calls == 0 && _statement.Fill is FillKind.None or FillKind.Linear)
            throw new StatementException($"fill({_statement.Fill.ToString().ToLowerInvariant()}) must be used with a function");
        if (_calls == 0 && _interval && !_inherited)
            throw new StatementException("GROUP BY requires at least one aggregate function");
        if (_distinct && (_calls > 1 || _plain))
            throw new StatementException("aggregate function distinct() cannot be combined with other functions or fields");
        if (_plain && !_selectorsOnly)
            throw new StatementException("mixing aggregate and non-aggregate queries is not supported");
        if (_plain && _calls > 1)
            throw new StatementException("mixing multiple selector functions with tags or fields is not supported");
    }

    private void CheckField(Expr expr, bool wildcards)
    {
        switch (expr)
        {
            case VarRef:
                _plain = true;
                break;
            case Wildcard or RegexLiteral when !wildcards:
                throw new StatementException("unable to use wildcard in a binary expression");
            case Wildcard or RegexLiteral:
                _plain = true;
                break;
            case Paren p:
                CheckField(p.Inner, wildcards);
                break;
            case Binary b:
                foreach (var side in (Expr[])[b.Left, b.Right])
                {
                    if (!IsConstant(side))
                        CheckField(side, false);
                }

                break;
            case Call c when Maths.IsFunction(c.Name):
                var expected = Maths.ArgumentCount(c.Name);
                if (c.Args.Count != expected)
                    throw Arguments(c, expected.ToString(CultureInfo.InvariantCulture));
                foreach (var arg in c.Args.Where(a => !IsConstant(a)))
                    CheckField(arg, wildcards);
                break;
            case Call c:
                CheckCall(c, wildcards, false);
                break;
        }
    }

    private static bool IsConstant(Expr expr) => expr switch
    {
        Literal or DurationLiteral => true,
        Paren p => IsConstant(p.Inner),
        Binary b => IsConstant(b.Left) && IsConstant(b.Right),
        Call c when Maths.IsFunction(c.Name) => c.Args.Count > 0 && c.Args.All(IsConstant),
        _ => false,
    };

    private void CheckCall(Call call, bool wildcards, bool nested)
    {
        if (!(nested && call.Name == "distinct"))
            _calls++;
        var ranking = call.Name is "top" or "bottom";
        if (ranking && _ranking is not null)
            throw Combined(_ranking);
        var function = Function.Find(call.Name) ?? throw new StatementException($"undefined function {call.Name}()");
        CheckDistinctCount(call);
        if (call.Args.Count < function.MinArgs || call.Args.Count > function.MaxArgs)
        {
            throw Arguments(call, function.MaxArgs == int.MaxValue ? $"at least {function.MinArgs}"
                : function.MaxArgs > function.MinArgs ? $"at least {function.MinArgs} but no more than {function.MaxArgs}"
                : function.MinArgs.ToString(CultureInfo.InvariantCulture));
        }

        CallParameters.Check(call, _statement.Limit);
        if (ranking)
        {
            _ranking = call.Name;
            // Tags of top() become columns, unless the answer is written.
            _plain |= call.Args.Count > 2 && _statement.Into is null;
            return;
        }

        _distinct |= call.Name == "distinct" && !nested;
        _selectorsOnly &= function.Kind == FunctionKind.Selector;
        CheckArgument(call, function, wildcards);
    }

    private void CheckArgument(Call call, Function function, bool wildcards)
    {
        var first = call.Args[0];
        if (Transformations.Forecasts(call) && first is not Call)
            throw new StatementException($"must use aggregate function with {call.Name}");
        if (function.Kind == FunctionKind.Transformation)
        {
            if (first is Call inner)
            {
                if (!_interval)
                    throw new StatementException($"{call.Name} aggregate requires a GROUP BY interval");
                CheckCall(inner, wildcards, !TechnicalAnalysis.Has(call.Name));
                return;
            }

            if (_interval && !_inherited)
                throw new StatementException($"aggregate function required inside the call to {call.Name}");
        }

        if (call.Name == "count" && first is Call { Name: "distinct" } distinct)
        {
            CheckDistinctCount(distinct);
            if (distinct.Args is not [VarRef])
                throw new StatementException("expected field argument in distinct()");
            return;
        }

        var wild = first is Wildcard or RegexLiteral;
        if (wild && call.Name != "distinct" && !wildcards)
            throw new StatementException($"unsupported expression with {(first is Wildcard ? "wildcard" : "regex field")}: {call.Name}()");
        if (first is not VarRef && (!wild || call.Name == "distinct"))
            throw new StatementException($"expected field argument in {call.Name}()");
        _selectorsOnly &= !wild;
    }

    private static void CheckDistinctCount(Call call)
    {
        if (call.Name == "distinct" && call.Args.Count != 1)
            throw new StatementException($"distinct function {(call.Args.Count == 0 ? "requires at least" : "can only have")} one argument");
    }

    private static StatementException Arguments(Call call, string expected) =>
        new($"invalid number of arguments for {call.Name}, expected {expected}, got {call.Args.Count}");

    private static StatementException Combined(string ranking) =>
        new($"selector function {ranking}() cannot be combined with other functions");
}
