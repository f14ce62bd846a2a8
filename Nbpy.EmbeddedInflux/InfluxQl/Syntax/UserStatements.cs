using Nbpy.EmbeddedInflux.Meta;

namespace Nbpy.EmbeddedInflux.InfluxQl.Syntax;

internal sealed record CreateUserStatement(string Name, string Password, bool Admin) : Statement;

internal sealed record DropUserStatement(string Name) : Statement;

internal sealed record SetPasswordStatement(string Name, string Password) : Statement;

/// <summary>GRANT, or with <paramref name="Revoke"/> REVOKE. Null database: the privilege of an administrator.</summary>
internal sealed record GrantStatement(bool Revoke, Privilege Privilege, string? Database, string User) : Statement;
