using System.Collections.Immutable;

namespace Nbpy.EmbeddedInflux.Meta;

/// <summary>A user of the store. The password is kept only as <see cref="PasswordHash"/> makes it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Admin">May do everything.</param>
/// <param name="Hash">The hashed password with its salt.</param>
public sealed record User(string Name, bool Admin, string Hash)
{
    /// <summary>Privileges by database; a database that is missing: none.</summary>
    public ImmutableSortedDictionary<string, Privilege> Privileges { get; init; } =
        ImmutableSortedDictionary.Create<string, Privilege>(StringComparer.Ordinal);

    /// <summary>True when the user may do in <paramref name="database"/> what needs <paramref name="needed"/>.</summary>
    public bool May(Privilege needed, string database) =>
        Admin || Privileges.GetValueOrDefault(database).Covers(needed);

    /// <summary>Without the hash: what is printed or logged of a user never holds it.</summary>
    public override string ToString() => $"user {Name}";
}
