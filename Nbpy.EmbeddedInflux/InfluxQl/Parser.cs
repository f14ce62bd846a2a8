namespace Nbpy.EmbeddedInflux.InfluxQl;

/// <summary>Recursive descent over InfluxQL: statements.</summary>
internal sealed partial class Parser
{
    private readonly IReadOnlyList<Token> tokens;
    private readonly IReadOnlyDictionary<string, object?> parameters;
    private int index;
    private int depth;

    private Parser(IReadOnlyList<Token> tokens, IReadOnlyDictionary<string, object?> parameters)
    {
        this.tokens = tokens;
        this.parameters = parameters;
    }

    private Token Current => tokens[index];

    /// <exception cref="InfluxQlParseException">The text is not InfluxQL.</exception>
    public static IReadOnlyList<Statement> Parse(string text, IReadOnlyDictionary<string, object?> parameters)
    {
        var parser = new Parser(new Lexer(text).Read(), parameters);
        var statements = new List<Statement>();
        while (true)
        {
            while (parser.TrySymbol(";"))
            {
            }

            if (parser.Current.Kind == TokenKind.End)
                return statements;
            statements.Add(parser.ReadStatement());
            if (parser.Current.Kind != TokenKind.End && !parser.Current.IsSymbol(";"))
                throw parser.Expected(";, EOF");
        }
    }

    private Statement ReadStatement()
    {
        if (TryWord("SELECT"))
            return ReadSelect();
        if (TryWord("SHOW"))
            return ReadShow();
        if (TryWord("CREATE"))
            return ReadCreate();
        if (TryWord("ALTER"))
        {
            Expect("RETENTION");
            Expect("POLICY");
            return ReadPolicy(alter: true);
        }

        if (TryWord("DROP"))
            return ReadDrop();
        if (TryWord("DELETE"))
            return new DeleteStatement(TryWord("FROM") ? ReadSources() : [], TryWord("WHERE") ? ReadExpression() : null, AllPolicies: false);
        foreach (var word in (string[])["GRANT", "REVOKE", "SET", "KILL", "EXPLAIN"])
            if (TryWord(word))
                return Unsupported(word);
        throw Expected("SELECT, DELETE, SHOW, CREATE, DROP, EXPLAIN, GRANT, REVOKE, ALTER, SET, KILL");
    }

    private UnsupportedStatement Unsupported(string what)
    {
        while (Current.Kind != TokenKind.End && !Current.IsSymbol(";"))
            index++;
        return new UnsupportedStatement(what);
    }

    private Statement ReadCreate()
    {
        if (TryWord("RETENTION"))
        {
            Expect("POLICY");
            return ReadPolicy(alter: false);
        }

        if (!TryWord("DATABASE"))
            return Current.Kind == TokenKind.Word ? Unsupported($"CREATE {Current.Text.ToUpperInvariant()}") : throw Expected("CONTINUOUS, DATABASE, USER, RETENTION, SUBSCRIPTION");
        var name = Identifier();
        if (!TryWord("WITH"))
            return new CreateDatabaseStatement(name, null, null);
        var clauses = ReadClauses();
        return new CreateDatabaseStatement(name, clauses, TryWord("NAME") ? Identifier() : null);
    }

    private PutPolicyStatement ReadPolicy(bool alter)
    {
        var name = Identifier();
        Expect("ON");
        return new PutPolicyStatement(name, Identifier(), ReadClauses(), alter);
    }

    private PolicyClauses ReadClauses()
    {
        var clauses = new PolicyClauses(null, null, null, false);
        while (true)
        {
            if (TryWord("DURATION"))
                clauses = clauses with { Duration = PolicyDuration() };
            else if (TryWord("REPLICATION"))
                clauses = clauses with { Replication = Integer() };
            else if (TryWord("SHARD"))
            {
                Expect("DURATION");
                clauses = clauses with { ShardDuration = PolicyDuration() };
            }
            else if (TryWord("DEFAULT"))
                clauses = clauses with { Default = true };
            else
                return clauses;
        }
    }

    private long PolicyDuration()
    {
        if (TryWord("INF"))
            return 0;
        if (Current.Kind == TokenKind.Duration)
            return tokens[index++].Number;
        throw Expected("duration");
    }

    private Statement ReadDrop()
    {
        if (TryWord("DATABASE"))
            return new DropDatabaseStatement(Identifier());
        if (TryWord("MEASUREMENT"))
            return new DropMeasurementStatement(Identifier());
        if (TryWord("SERIES"))
            return new DeleteStatement(TryWord("FROM") ? ReadSources() : [], TryWord("WHERE") ? ReadExpression() : null, AllPolicies: true);
        if (TryWord("RETENTION"))
        {
            Expect("POLICY");
            var name = Identifier();
            Expect("ON");
            return new DropPolicyStatement(name, Identifier());
        }

        return Current.Kind == TokenKind.Word ? Unsupported($"DROP {Current.Text.ToUpperInvariant()}") : throw Expected("CONTINUOUS, MEASUREMENT, RETENTION, SERIES, SHARD, SUBSCRIPTION, USER");
    }

    private Statement ReadShow()
    {
        var what = ReadShowSubject();
        var show = new ShowStatement(what);
        if (TryWord("ON"))
            show = show with { Database = Identifier() };
        if (what == "TAG VALUES" && TryWord("FROM"))
            show = show with { Sources = ReadSources() };
        if (TryWord("WITH"))
        {
            if (!TryWord("KEY"))
                Expect("MEASUREMENT");
            show = ReadNames(show);
        }

        if (TryWord("FROM"))
            show = show with { Sources = ReadSources() };
        if (TryWord("WHERE"))
            show = show with { Where = ReadExpression() };
        if (TryWord("LIMIT"))
            show = show with { Limit = Integer() };
        if (TryWord("OFFSET"))
            show = show with { RowOffset = Integer() };
        return show;
    }

    private string ReadShowSubject()
    {
        foreach (var subject in (string[])
            ["DATABASES", "MEASUREMENTS", "RETENTION POLICIES", "TAG KEYS", "TAG VALUES", "FIELD KEYS", "SERIES CARDINALITY", "SERIES EXACT CARDINALITY", "SERIES",
             "MEASUREMENT CARDINALITY", "MEASUREMENT EXACT CARDINALITY", "USERS", "QUERIES", "CONTINUOUS QUERIES", "SHARDS", "STATS", "DIAGNOSTICS", "GRANTS", "SUBSCRIPTIONS"])
        {
            var words = subject.Split(' ');
            if (!words.Select((w, i) => index + i < tokens.Count && tokens[index + i].IsWord(w)).All(m => m))
                continue;
            index += words.Length;
            return subject.Replace(" EXACT", "", StringComparison.Ordinal);
        }

        throw Expected("CONTINUOUS, DATABASES, DIAGNOSTICS, FIELD, GRANTS, MEASUREMENT, MEASUREMENTS, QUERIES, RETENTION, SERIES, SHARD, SHARDS, STATS, SUBSCRIPTIONS, TAG, USERS");
    }

    private ShowStatement ReadNames(ShowStatement show)
    {
        if (TryWord("IN"))
        {
            ExpectSymbol("(");
            var names = new List<string> { Identifier() };
            while (TrySymbol(","))
                names.Add(Identifier());
            ExpectSymbol(")");
            return show with { Names = names };
        }

        if (TrySymbol("="))
            return show with { Names = [Identifier()] };
        if (TrySymbol("!="))
            return show with { Names = [Identifier()], Negated = true };
        var negated = Current.IsSymbol("!~");
        if (!TrySymbol("=~") && !TrySymbol("!~"))
            throw Expected("=, !=, =~, !~, IN");
        return show with { Pattern = Regex(), Negated = negated };
    }

    private bool TryWord(string keyword)
    {
        if (!Current.IsWord(keyword))
            return false;
        index++;
        return true;
    }

    private bool TrySymbol(string symbol)
    {
        if (!Current.IsSymbol(symbol))
            return false;
        index++;
        return true;
    }

    private void Expect(string keyword)
    {
        if (!TryWord(keyword))
            throw Expected(keyword);
    }

    private void ExpectSymbol(string symbol)
    {
        if (!TrySymbol(symbol))
            throw Expected(symbol);
    }

    private string Identifier() =>
        Current.Kind is TokenKind.Word or TokenKind.QuotedIdentifier ? tokens[index++].Text : throw Expected("identifier");

    private string Regex() => Current.Kind == TokenKind.Regex ? tokens[index++].Text : throw Expected("regex");

    private int Integer() =>
        Current.Kind == TokenKind.Integer && int.TryParse(Current.Text, out var value) ? Take(value) : throw Expected("integer");

    private T Take<T>(T value)
    {
        index++;
        return value;
    }

    private InfluxQlParseException Expected(string what) => new($"found {Current}, expected {what} at line {Current.Line}, char {Current.Column}");
}
