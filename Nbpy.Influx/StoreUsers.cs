namespace Nbpy.Influx;

/// <summary>Who may what on the database.</summary>
public enum StorePrivilege
{
    Read,
    Write,
    All,
}

/// <summary>An account of the store.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Password">Its password; never printed.</param>
/// <param name="Privilege">Its right on the database.</param>
public sealed record StoreUser(string Name, string Password, StorePrivilege Privilege);

/// <summary>Makes accounts with no more rights than they need. Every call is idempotent. On a store that asks nobody for a password the accounts
/// are made all the same, for the day it does.</summary>
public sealed class StoreUsers(InfluxClient client)
{
    /// <summary>Makes the accounts, gives them their passwords and their rights.</summary>
    /// <param name="users">The accounts; one that is an admin of the store already keeps its rights.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InfluxException">The store refuses.</exception>
    public async Task<IReadOnlyList<SetupStep>> CreateAsync(IEnumerable<StoreUser> users, CancellationToken cancellationToken)
    {
        var present = (await client.QueryAsync("SHOW USERS", cancellationToken).ConfigureAwait(false)).Series.SelectMany(s => s.Rows)
            .ToDictionary(r => r[0].GetString()!, r => r[1].GetBoolean());
        var steps = new List<SetupStep>();
        foreach (var user in users)
        {
            var exists = present.TryGetValue(user.Name, out var isAdmin);
            var action = !exists ? "created" : await IsAcceptedAsync(user, cancellationToken).ConfigureAwait(false) ? "unchanged" : "altered";
            if (action == "created")
                await client.QueryAsync($"CREATE USER {Quote(user.Name)} WITH PASSWORD {Text(user.Password)}", cancellationToken, post: true).ConfigureAwait(false);
            else if (action == "altered")
                await client.QueryAsync($"SET PASSWORD FOR {Quote(user.Name)} = {Text(user.Password)}", cancellationToken, post: true).ConfigureAwait(false);
            if (!isAdmin)
                await client.QueryAsync($"GRANT {user.Privilege.ToString().ToUpperInvariant()} ON {Quote(client.Options.Database)} TO {Quote(user.Name)}", cancellationToken, post: true).ConfigureAwait(false);
            steps.Add(new SetupStep($"user {user.Name} ({user.Privilege.ToString().ToLowerInvariant()})", action));
        }

        return steps;
    }

    /// <summary>Makes the client's own account the store's administrator where the store asks for passwords and has none: such a store takes the first
    /// one from anybody, and nothing else (InfluxDB's manual, "Authentication and authorization"). So does one that ran without passwords until now.</summary>
    /// <returns>True: it was made.</returns>
    /// <exception cref="InfluxException">The store refuses for another reason.</exception>
    /// <exception cref="InvalidOperationException">The client has no account.</exception>
    public async Task<bool> CreateFirstAdministratorAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.QueryAsync("SHOW USERS", cancellationToken).ConfigureAwait(false);
            return false;
        }
        catch (InfluxException e) when (e.Message.Contains("create admin user first", StringComparison.Ordinal))
        {
            var (name, password) = client.Options is { Username: { } n, Password: { } p } ? (n, p) : throw new InvalidOperationException("The client has no account.");
            await client.QueryAsync($"CREATE USER {Quote(name)} WITH PASSWORD {Text(password)} WITH ALL PRIVILEGES", cancellationToken, post: true).ConfigureAwait(false);
            return true;
        }
    }

    private async Task<bool> IsAcceptedAsync(StoreUser user, CancellationToken cancellationToken)
    {
        using var own = new InfluxClient(client.Options with { Username = user.Name, Password = user.Password });
        try
        {
            await own.QueryAsync("SHOW DATABASES", cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (InfluxException)
        {
            return false;
        }
    }

    private static string Quote(string name) => RetentionManager.Quote(name);

    private static string Text(string value) => $"'{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
