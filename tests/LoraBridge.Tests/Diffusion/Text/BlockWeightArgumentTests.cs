using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class BlockWeightArgumentTests
{
    private const string Ones = "1,1,1,1,1,1,1,1,1,1,1,1,1", Zeros = "0,0,0,0,0,0,0,0,0,0,0,0";

    [Theory]
    [InlineData("ALL", Ones + "," + Ones)]
    [InlineData("all", Ones + "," + Ones)]
    [InlineData("NONE", "0," + Zeros + ",0," + Zeros)]
    [InlineData("ALL0.5", "0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5")]
    [InlineData("INALL", Ones + ",0," + Zeros)]
    [InlineData("INS", "1,1,1,1,1,1,0,0,0,0,0,0,0,0," + Zeros)]
    [InlineData("IND", "1,0,0,0,0,0,1,1,1,1,1,1,1,0," + Zeros)]
    [InlineData("MIDD", "1,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,0,0,0,0,0")]
    [InlineData("OUTS", "1," + Zeros + ",0,0,0,0,0,0,0,0,1,1,1,1,1")]
    [InlineData("OUTD", "1," + Zeros + ",0,0,0,0,1,1,1,1,0,0,0,0,0")]
    [InlineData("OUTALL", "1," + Zeros + ",0,0,0,0,1,1,1,1,1,1,1,1,1")]
    [InlineData("in*0.5", "1,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,1,1,1,1,1,1,1,1,1,1,1,1,1")]
    [InlineData("all*0, IN04*0.2, out11 * -1", "0,0,0,0,0,0.2,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,-1")]
    [InlineData("in 0,in4-5 1,mid 0.5,base .25", "0.25,0,0,0,0,1,1,0,0,0,0,0,0,0.5,1,1,1,1,1,1,1,1,1,1,1,1")]
    [InlineData("out0-OUT03*2,te*0,M00*3", "0," + "1,1,1,1,1,1,1,1,1,1,1,1,3,2,2,2,2,1,1,1,1,1,1,1,1")]
    [InlineData("0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25", "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25")]
    [InlineData("10,1,2,4,5,7,8,50,53,54,55,56,57,58,59,60,61", "10,1,1,2,2,4,5,5,7,8,8,8,8,50,50,50,50,53,54,55,56,57,58,59,60,61")]
    public void Read_Blocks_GiveEveryBlockItsFactor(string blocks, string expected)
    {
        Assert.Equal(expected, Read("blocks", blocks).ToString());
        Assert.Equal(Read("blocks", blocks), Read("lbw", blocks));
    }

    [Fact]
    public void Lookup_Block_FindsItsFactor()
    {
        var blocks = Read("lbw", "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25");
        Assert.Equal([0, 1, 12, 13, 14, 25], new[] { blocks.Base, blocks.In(0), blocks.In(11), blocks.Mid, blocks.Out(0), blocks.Out(11) });
    }

    [Fact]
    public void Tag_WithoutBlocks_HasThemAll() => Assert.Equal(BlockWeights.All, Assert.Single(ExtraNetworkTags.Parse("<lora:x>").Loras([])).Blocks);

    [Theory]
    [InlineData("blocks=1,0", "has 2 numbers")]
    [InlineData("lbw=1,1,1,1,1,1,1,1,1,1,1,1", "12 block weights is one for SDXL")]
    [InlineData("lbw=1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "20 block weights is one for SDXL with")]
    [InlineData("blocks=INSIDE", "'INSIDE' is not understood")]
    [InlineData("blocks=in12*1", "'in12*1'")]
    [InlineData("blocks=in8-4*1", "'in8-4*1'")]
    [InlineData("blocks=in*x", "'in*x'")]
    [InlineData("blocks=in", "'in'")]
    [InlineData("blocks=*1", "'*1'")]
    [InlineData("blocks=", "''")]
    [InlineData("blocks=in*nan", "'in*nan'")]
    [InlineData("blocks=in=0.5", "'*'")]
    [InlineData("0,0,1", "blocks=0,0,1")]
    [InlineData("INALL", "blocks=INALL")]
    public void Read_MalformedBlocks_DropTheTagAndSayTheCure(string argument, string reason)
    {
        var warnings = new List<PromptWarning>();
        Assert.Empty(ExtraNetworkTags.Parse($"<lora:x:1:{argument}>").Loras(warnings));
        Assert.Contains(reason, Assert.Single(warnings).Reason);
    }

    [Fact]
    public void Equals_SameFactors_AreEqual()
    {
        Assert.Equal(Read("lbw", "ALL").GetHashCode(), BlockWeights.All.GetHashCode());
        Assert.NotEqual(Read("lbw", "in4*0"), BlockWeights.All);
        Assert.NotEqual(new() { Inputs = [1, 0.5] }, BlockWeights.All);
        Assert.NotEqual(new() { Outputs = [.. Enumerable.Repeat(1.0, 12), 0] }, BlockWeights.All);
        Assert.Equal(new() { Inputs = [1, 1], Outputs = [1] }, BlockWeights.All);
    }

    private static BlockWeights Read(string name, string blocks)
    {
        var warnings = new List<PromptWarning>();
        var tag = Assert.Single(ExtraNetworkTags.Parse($"<lora:x:1:{name}={blocks}>").Loras(warnings));
        Assert.Empty(warnings);
        return tag.Blocks;
    }
}
