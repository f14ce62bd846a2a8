using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Nbpy.EmbeddedInflux.Meta;

/// <summary>Users, continuous queries and subscriptions, in one small file that is replaced as a whole with every change. Thread safe.</summary>
/// <remarks>A hash takes a good part of a second on purpose. So that a request does not, a password that was right once is
/// remembered as a keyed digest (the key lives as long as the process), until the user's hash changes.</remarks>
public sealed class MetaStore
{
    private readonly string? _path;
    private readonly Lock _gate = new();
    private readonly Lock _hashing = new();
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, (string Hash, byte[] Digest)> _known = new(StringComparer.Ordinal);
    private volatile MetaState _state;

    /// <param name="path">The file; null keeps everything in memory only.</param>
    /// <exception cref="InvalidDataException">The file is not what this program writes.</exception>
    public MetaStore(string? path)
    {
        _path = path;
        _state = new MetaState();
        if (path is null || !File.Exists(path))
            return;
        try
        {
            _state = JsonSerializer.Deserialize(File.ReadAllBytes(path), MetaJson.Default.MetaState) ?? throw new JsonException("it is empty");
            // What is not there is nothing, whatever the type begins with.
            if (_state is not { Users: { } users, ContinuousQueries: not null } || users.Exists(u => u.Privileges is null))
                throw new JsonException("it is not whole");
            // Files of before there were any.
            if (_state.Subscriptions is null)
                _state = _state with { Subscriptions = [] };
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}; restore it from a backup, or remove it to start without users and continuous queries", e);
        }
    }

    /// <summary>What is kept now; immutable.</summary>
    public MetaState State => _state;

    public bool HasAdmin => _state.Users.Any(u => u.Admin);

    public User? Find(string name) => _state.Users.Find(u => u.Name == name);

    /// <summary>The user, when name and password are right.</summary>
    public User? Authenticate(string name, string password)
    {
        var user = Find(name);
        var digest = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(name + "\0" + password));
        if (user is null)
            return null;
        if (_known.TryGetValue(name, out var known) && known.Hash == user.Hash && CryptographicOperations.FixedTimeEquals(known.Digest, digest))
            return user;
        // One at a time: guessing must not take every processor.
        lock (_hashing)
        {
            if (!PasswordHash.Matches(user.Hash, password))
                return null;
        }

        _known[name] = (user.Hash, digest);
        return user;
    }

    /// <summary>Makes a user. The same name, password and privilege again change nothing.</summary>
    public void CreateUser(string name, string password, bool admin)
    {
        if (name.Length == 0)
            throw new MetaException("username required");
        if (Find(name) is { } existing)
        {
            if (existing.Admin != admin || Authenticate(name, password) is null)
                throw new MetaException("user already exists");
            return;
        }

        var hash = PasswordHash.Of(password);
        Change(s => s.Users.Exists(u => u.Name == name) ? throw new MetaException("user already exists")
            : s with { Users = s.Users.Add(new User(name, admin, hash)) });
    }

    public void DropUser(string name) => Change(s => s with { Users = s.Users.Remove(Existing(s, name)) });

    public void SetPassword(string name, string password)
    {
        _ = Existing(_state, name);
        var hash = PasswordHash.Of(password);
        ChangeUser(name, u => u with { Hash = hash });
    }

    public void SetAdmin(string name, bool admin) => ChangeUser(name, u => u with { Admin = admin });

    /// <summary>Sets what a user may do in a database.</summary>
    public void SetPrivilege(string name, string database, Privilege privilege) =>
        ChangeUser(name, u => u with { Privileges = u.Privileges.SetItem(database, privilege) });

    /// <summary>Forgets what belongs to a database that was dropped.</summary>
    public void ForgetDatabase(string database)
    {
        var state = _state;
        if (!state.Users.Exists(u => u.Privileges.ContainsKey(database)) && !state.ContinuousQueries.Exists(c => c.Database == database)
            && !state.Subscriptions.Exists(c => c.Database == database))
        {
            return;
        }

        Change(s => s with
        {
            Users = s.Users.ConvertAll(u => u with { Privileges = u.Privileges.Remove(database) }),
            ContinuousQueries = s.ContinuousQueries.RemoveAll(c => c.Database == database),
            Subscriptions = s.Subscriptions.RemoveAll(c => c.Database == database),
        });
    }

    /// <summary>Keeps a continuous query. The same one again changes nothing.</summary>
    public void CreateContinuousQuery(ContinuousQuery query) => Change(s =>
    {
        var existing = s.ContinuousQueries.Find(c => c.Database == query.Database && c.Name == query.Name);
        if (existing is null)
            return s with { ContinuousQueries = s.ContinuousQueries.Add(query) };
        return existing == query ? s : throw new MetaException("continuous query already exists");
    });

    /// <summary>Drops a continuous query; one that is not there is no error, as in InfluxDB.</summary>
    public void DropContinuousQuery(string database, string name) => Change(s =>
        s with { ContinuousQueries = s.ContinuousQueries.RemoveAll(c => c.Database == database && c.Name == name) });

    public void CreateSubscription(Subscription subscription) => Change(s =>
        Find(s, subscription.Database, subscription.Policy, subscription.Name) is not null ? throw new MetaException("subscription already exists")
        : s with { Subscriptions = s.Subscriptions.Add(subscription) });

    public void DropSubscription(string database, string policy, string name) => Change(s =>
        Find(s, database, policy, name) is { } found ? s with { Subscriptions = s.Subscriptions.Remove(found) }
        : throw new MetaException("subscription not found"));

    /// <summary>Forgets what belongs to a retention policy that was dropped.</summary>
    public void ForgetPolicy(string database, string policy) => Change(s =>
        s.Subscriptions.RemoveAll(c => c.Database == database && c.Policy == policy) is var left && ReferenceEquals(left, s.Subscriptions) ? s
        : s with { Subscriptions = left });

    private static Subscription? Find(MetaState state, string database, string policy, string name) =>
        state.Subscriptions.Find(s => s.Database == database && s.Policy == policy && s.Name == name);

    private static User Existing(MetaState state, string name) =>
        state.Users.Find(u => u.Name == name) ?? throw new MetaException("user not found");

    private void ChangeUser(string name, Func<User, User> change) => Change(s =>
    {
        var user = Existing(s, name);
        return s with { Users = s.Users.Replace(user, change(user)) };
    });

    private void Change(Func<MetaState, MetaState> change)
    {
        lock (_gate)
        {
            var next = change(_state);
            if (ReferenceEquals(next, _state))
                return;
            Save(next);
            _state = next;
        }
    }

    // A crash leaves the old file or the new one.
    private void Save(MetaState state)
    {
        if (_path is null)
            return;
        var draft = _path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(draft, options))
        {
            JsonSerializer.Serialize(file, state, MetaJson.Default.MetaState);
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, _path, overwrite: true);
    }
}
