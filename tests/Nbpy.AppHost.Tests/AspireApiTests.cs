namespace Nbpy.AppHost.Tests;

/// <summary>The app host is written against the API of Aspire 13.5 and compiles on both hosts: what it uses is pinned, member by member, to what
/// the same sources use when they are compiled against Aspire's own API.</summary>
public sealed class AspireApiTests
{
    [Fact]
    public void The_app_host_uses_no_member_that_Aspire_does_not_have_with_the_same_signature()
    {
        var pinned = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "AspireApi.txt")).Where(l => l.Length > 0 && l[0] != '#').ToHashSet();
        var used = MemberReferences.Of(Path.Combine(AppContext.BaseDirectory, "Nbpy.AppHost.dll"), "Nbpy.Hosting");

        Assert.True(used.Count > 50, "The references were not read.");
        var unknown = used.Where(m => !pinned.Contains(m)).ToList();
        Assert.True(
            unknown.Count == 0,
            "Not pinned. Look each of them up in Aspire 13.5's API; where it is there with these very types, add it to tests/Nbpy.AppHost.Tests/AspireApi.txt:\n" + string.Join('\n', unknown));
    }
}
