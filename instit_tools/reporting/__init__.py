"""What is made of statistics: the folder with tables, summary, plots and page, and the value for notebooks."""
