using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class PromptCommentsTests
{
    [Theory]
    [InlineData("a cat", "a cat")]
    [InlineData("a # cat", "a \n")]
    [InlineData("a # cat\nb", "a \nb")]
    [InlineData("a\n# cat\nb", "a\nb")]
    [InlineData("# cat\nb", "\nb")]
    [InlineData("# cat", "\n")]
    [InlineData("a\n#b\n#c\nd", "a\n\nd")]
    [InlineData("#", "\n")]
    [InlineData("", "")]
    [InlineData(@"a \# b", "a \\\n")]
    public void Remove_Comment_LeavesTheLineBreak(string prompt, string expected) => Assert.Equal(expected, PromptComments.Remove(prompt));
}
