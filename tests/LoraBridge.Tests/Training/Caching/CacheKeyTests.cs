using LoraBridge.Training.Caching;

namespace LoraBridge.Tests.Training.Caching;

public sealed class CacheKeyTests
{
    [Fact]
    public void Of_SameParts_IsTheSameHash()
    {
        var key = CacheKey.Of("kind", ("a", "1"), ("b", "2"));

        Assert.Equal(key, CacheKey.Of("kind", ("a", "1"), ("b", "2")));
        Assert.Equal(64, key.Hex.Length);
        Assert.Equal(key.Hex, key.ToString());
    }

    [Fact]
    public void Of_AnyOtherPart_IsAnotherKey()
    {
        CacheKey[] keys =
        [
            CacheKey.Of("kind", ("a", "1"), ("b", "2")), CacheKey.Of("kind2", ("a", "1"), ("b", "2")), CacheKey.Of("kind", ("b", "2"), ("a", "1")),
            CacheKey.Of("kind", ("a", "12"), ("b", "")), CacheKey.Of("kind", ("a1", ""), ("b", "2")), CacheKey.Of("kind", ("a", "1")), CacheKey.Of("kind"),
        ];

        Assert.Equal(keys.Length, keys.Distinct().Count());
    }
}
