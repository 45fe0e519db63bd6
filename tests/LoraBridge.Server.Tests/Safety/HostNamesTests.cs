using System.Net;
using LoraBridge.Server.Safety;
using Microsoft.AspNetCore.Http;

namespace LoraBridge.Server.Tests.Safety;

public sealed class HostNamesTests
{
    [Theory]
    [InlineData("127.0.0.1", "localhost", true)]
    [InlineData("127.0.0.1", "LOCALHOST.:7870", true)]
    [InlineData("127.0.0.1", "127.0.0.1:7870", true)]
    [InlineData("127.0.0.1", "[::1]:7870", true)]
    [InlineData("127.0.0.1", "page.localhost:7870", true)]
    [InlineData("127.0.0.1", "", true)]
    [InlineData("127.0.0.1", "evil.example", false)]
    [InlineData("127.0.0.1", "localhost.evil.example", false)]
    [InlineData("127.0.0.1", "127.0.0.1.evil.example", false)]
    [InlineData("127.0.0.1", "notlocalhost", false)]
    [InlineData("127.0.0.1", "192.168.1.5", false)]
    [InlineData("192.168.1.5", "192.168.1.5:7870", true)]
    [InlineData("192.168.1.5", "192.168.1.6:7870", false)]
    [InlineData("0.0.0.0", "192.168.1.5:7870", true)]
    [InlineData("::", "[fe80::1]", true)]
    [InlineData("0.0.0.0", "evil.example", false)]
    public void Has_AHost_IfItIsThisServer(string bound, string host, bool expected) => Assert.Equal(expected, Names(bound).Has(new HostString(host)));

    [Fact]
    public void Has_NamesOfTheStart_AndOfTheMachineWhereOthersReachIt()
    {
        Assert.True(Names("127.0.0.1", "lora.example").Has(new("LORA.example:443")));
        Assert.False(Names("127.0.0.1", "lora.example").Has(new("x.lora.example")));
        Assert.True(Names("127.0.0.1", "*").Has(new("evil.example")));
        Assert.True(Names("0.0.0.0").Has(new(Environment.MachineName)));
        Assert.True(Names("0.0.0.0").Has(new(Environment.MachineName + ".local", 7870)));
    }

    private static HostNames Names(string bound, params string[] names) =>
        new(new() { Host = IPAddress.Parse(bound), Data = new("/nowhere"), Safety = new() { HostNames = names } });
}
