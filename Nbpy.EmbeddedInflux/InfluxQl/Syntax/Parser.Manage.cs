namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

internal sealed partial class Parser
{
    // After CREATE.
    private Statement Create()
    {
        if (Accept("DATABASE"))
        {
            var name = Identifier();
            return new CreateDatabaseStatement(name, Accept("WITH") ? DatabaseOptions() : null);
        }

        if (Accept("RETENTION"))
        {
            Require("POLICY");
            return Policy(true);
        }

        if (Accept("CONTINUOUS"))
            return CreateContinuousQuery();
        if (Accept("USER"))
            return CreateUser();
        if (Accept("SUBSCRIPTION"))
            return CreateSubscription();
        throw Expected("CONTINUOUS, DATABASE, USER, RETENTION, SUBSCRIPTION");
    }

    private PolicyOptions DatabaseOptions()
    {
        var options = Options(false, false, out var any);
        if (Accept("NAME"))
            options = options with { Name = Identifier() };
        else if (!any)
            throw Expected("DURATION, NAME, REPLICATION, SHARD");
        return options;
    }

    // After CREATE|ALTER RETENTION POLICY.
    private RetentionPolicyStatement Policy(bool create)
    {
        var name = _token.Is("DEFAULT") ? AdvanceWith("default") : Identifier();
        Require("ON");
        var database = Identifier();
        if (create && !_token.Is("DURATION"))
            throw Expected("DURATION");
        var options = Options(true, !create, out var any);
        if (create && options.Replicas is null)
            throw Expected("REPLICATION");
        if (!any)
            throw Expected("DURATION, REPLICATION, SHARD, DEFAULT");
        return new RetentionPolicyStatement(create, database, options with { Name = name });
    }

    private PolicyOptions Options(bool allowDefault, bool alter, out bool any)
    {
        var options = new PolicyOptions(null, null, null, null, false);
        any = false;
        while (true)
        {
            if (options.Duration is null && Accept("DURATION"))
            {
                options = options with { Duration = PolicyDuration() };
            }
            else if (options.Shard is null && Accept("SHARD"))
            {
                Require("DURATION");
                if (_token.Is("INF"))
                    throw ErrorAt("invalid duration INF for shard duration", _token);
                options = options with { Shard = PolicyDuration() };
            }
            else if (options.Replicas is null && Accept("REPLICATION"))
            {
                var token = _token;
                var n = Integer();
                if (n is < 1 or > int.MaxValue)
                    throw ErrorAt($"invalid value {n}: must be 1 <= n <= 2147483647", token);
                options = options with { Replicas = (int)n };
            }
            else if (allowDefault && !options.Default && Accept("DEFAULT"))
            {
                options = options with { Default = true };
            }
            else
            {
                if (alter && _token is { Kind: TokenKind.Keyword, Text: "DURATION" or "SHARD" or "REPLICATION" or "DEFAULT" })
                    throw ErrorAt($"found duplicate {_token.Text} option", _token);
                return options;
            }

            any = true;
        }
    }

    private long PolicyDuration()
    {
        if (Accept("INF"))
            return 0;
        return _token.Kind == TokenKind.Integer && _token.Text == "0" ? AdvanceWith(0L) : RequireDuration();
    }

    // After DROP.
    private Statement Drop()
    {
        if (Accept("DATABASE"))
            return new DropDatabaseStatement(Identifier());
        if (Accept("MEASUREMENT"))
            return new DropMeasurementStatement(Identifier());
        if (Accept("SERIES"))
            return Delete(true);
        if (Accept("RETENTION"))
        {
            Require("POLICY");
            var name = _token.Is("DEFAULT") ? AdvanceWith("default") : Identifier();
            Require("ON");
            return new DropRetentionPolicyStatement(name, Identifier());
        }

        if (Accept("USER"))
            return new DropUserStatement(Identifier());
        if (Accept("CONTINUOUS"))
        {
            Require("QUERY");
            var name = Identifier();
            Require("ON");
            return new DropContinuousQueryStatement(name, Identifier());
        }

        if (Accept("SHARD"))
            return new DropShardStatement(Integer());
        if (Accept("SUBSCRIPTION"))
            return DropSubscription();

        throw Expected("CONTINUOUS, DATABASE, MEASUREMENT, RETENTION, SERIES, SHARD, SUBSCRIPTION, USER");
    }

    // After DELETE or DROP SERIES.
    private DeleteStatement Delete(bool series)
    {
        List<MeasurementSource> sources = [];
        if (Accept("FROM"))
            sources = [.. Sources(false).Cast<MeasurementSource>()];
        else if (!_token.Is("WHERE"))
            throw Expected("FROM, WHERE");
        if (sources.Find(s => s.Database is not null || s.Policy is not null) is { } place)
            throw Error((place.Policy is null ? "database" : "retention policy") + " not supported at line 1, char 1");
        return new DeleteStatement(series, sources, Where());
    }
}
